"""A phrase that a bound browser and the approver's page both show, so that each side hears the other is real (R36).

It grants nothing and is no secret; it only tells two people on one line that they look at the same presence. A forger
would need the directory's key to make it up.
"""

from __future__ import annotations

import hmac
from uuid import UUID

_TEXT = """
acorn actor album alley amber anchor angel ankle apple apron arrow atlas attic autumn bacon badge bamboo banjo
barley basil basket beacon beaver bench berry biscuit blanket bonus bottle branch bread bridge broom bucket
butter button cabin cactus camel candle candy canoe canvas carbon carpet carrot castle cedar cello cherry
chimney cider circus citrus clover coconut coffee comet copper coral corner cotton cricket crystal curtain
dagger daisy dancer desert diamond dinner dolphin donkey dragon drawer eagle easel echo elbow ember engine
falcon farmer feather fiddle finger flower forest fossil fountain garden garlic ginger giraffe glacier goblet
granite grape guitar hammer harbor harvest hazel helmet heron hockey honey hotel hunter igloo indigo insect
island ivory jacket jaguar jasmine jelly jersey jungle ketchup kettle kitchen ladder lagoon lantern laptop lemon
lilac linen lizard lobster locket lotus lumber magnet mango maple marble meadow melon meteor mirror monkey
morning mosaic muffin museum mustard napkin nectar needle nickel noodle nutmeg oasis ocean olive onion opal
orange orbit orchid otter oxygen oyster paddle panda panther paper parrot pasta peanut pebble pencil pepper
piano picnic pillow pilot planet plum pocket poet pollen poncho potato powder prism pumpkin puppet purple puzzle
quartz rabbit radio raven ribbon river robin rocket saddle sailor salmon satin saturn scarf school shadow
shelter silver singer sketch soccer spider spinach spiral sponge squirrel stable statue summer sunset tablet
teapot temple tennis thunder ticket tiger timber tomato trumpet tulip tunnel turtle umbrella valley vanilla
velvet violin volcano waffle wagon walnut walrus water whisper willow window winter wizard yellow yogurt zebra
zigzag
"""
_WORDS = _TEXT.split()
_LENGTH = 3


def presence_phrase(presence_id: UUID, *, key: bytes) -> str:
    """Three words of 256, 24 bits: the same for one presence, another for the next."""
    digest = hmac.digest(key, b"presence-phrase\0" + presence_id.bytes, "sha256")
    return " ".join(_WORDS[one] for one in digest[:_LENGTH])
