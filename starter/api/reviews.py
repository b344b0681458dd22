"""Break-glass that waits for another officer's review (R39)."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from service import reviews
from service.reviews import ReviewView
from starter.api.entry import SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented

router = APIRouter(
    tags=["reviews"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses=documented(401, 403, 422, 503),
)


class Reviews(BaseModel):
    """Open reviews, the longest waiting first."""

    reviews: list[ReviewView]


@router.get("/reviews")
async def list_reviews(doors: TheDoors, session: SignedIn) -> Reviews:
    """For security officers and auditors: who waived what, when and why, and nobody else has looked at it yet."""
    return Reviews(reviews=await reviews.open_reviews(doors, session))
