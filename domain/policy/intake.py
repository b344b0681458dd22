"""Intake: who may open a case about whom, and what goes into its plan (R1 to R9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.account import AccountStatus, FactorKind
from domain.case import Compromised, Intake, Reason
from domain.people import Actor, Role, Tier, rank, subject_rank
from domain.plan import Justification, Scope
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from domain.account import Account
    from domain.policy.document import Policy

COMPROMISE_SIGNALS = frozenset({"right_password_failed_mfa", "password_breached", "new_device"})


def may_open(
    *, actor: Actor, subject: Account, subject_roles: frozenset[Role], intake: Intake, policy: Policy
) -> Decision:
    """Whether this person may open this case about this subject."""
    return first_refusal(
        _is_agent(actor),
        _not_about_oneself(actor, subject),
        _not_above_oneself(actor, subject, subject_roles, policy),
        _reason_is_served(intake),
        _states_the_need(intake),
        _reason_fits(intake, subject),
        _subject_can_be_recovered(subject),
        _password_answer_fits(intake, subject),
        _ticket_fits(intake, policy),
    )


def may_open_any(actor: Actor) -> Decision:
    """Asked before the subject is looked for, so that a refusal tells the agent nothing about an account (R6)."""
    return _is_agent(actor)


def one_match(count: int) -> Decision:
    """Exactly one subject, or none (R2, B06).

    R2: A text must match exactly one subject; none and more than one are refused.
    """
    if count == 0:
        return refuse(
            "R2", Code.SUBJECT_NOT_FOUND, "Nobody is known by exactly that name or address. Check the spelling."
        )
    if count > 1:
        return refuse(
            "R2",
            Code.SUBJECT_AMBIGUOUS,
            "More than one account answers to that. Use the login name, or ask an administrator to separate them.",
            matches=count,
        )
    return ALLOWED


def tier_of(subject: Account, subject_roles: frozenset[Role], policy: Policy) -> Tier:
    """Privileged: who holds a role here or administers elsewhere, or whose privilege cannot be read (R6)."""
    if subject.roles is None or subject_roles or set(subject.roles) & policy.privileged_roles:
        return Tier.PRIVILEGED
    return Tier.STANDARD


def scope_of(intake: Intake, subject: Account) -> Scope:
    """What the plan holds beyond the wipe (R9, R29, R30); nothing is added to a routine case unasked.

    R9: A password that may be compromised puts sessions and password into the plan; where that is unknown, the
    sessions, and the password too where signals speak for it; a denial against such signals is refused.

    R29: Ending sessions and resetting the password are optional parts of a plan, each with its own reason; a new
    password is chosen by the subject alone.
    """
    if intake.reason is Reason.DEVICE_IN_OTHER_HANDS:
        why = Justification.DEVICE_IN_OTHER_HANDS
        return Scope(hostile=True, sessions=why, password=why)
    sessions = Justification.REQUESTED if intake.revoke_sessions_because.strip() else None
    password = Justification.REQUESTED if intake.reset_password_because.strip() else None
    if intake.password_compromised is Compromised.YES:
        sessions = password = Justification.PASSWORD_POSSIBLY_COMPROMISED
    elif intake.password_compromised is Compromised.UNKNOWN:
        sessions = sessions or Justification.PASSWORD_POSSIBLY_COMPROMISED
        if COMPROMISE_SIGNALS & set(subject.signals):
            password = password or Justification.PASSWORD_SIGNALS
    return Scope(hostile=False, sessions=sessions, password=password)


def _is_agent(actor: Actor) -> Decision:
    if not actor.has(Role.AGENT):
        return refuse("R6", Code.ROLE_MISSING, "Only a support agent opens a case.")
    return ALLOWED


def _not_about_oneself(actor: Actor, subject: Account) -> Decision:
    """Neither about this very account nor about another login of the same person.

    R6: Nobody opens, verifies, executes or decides a case about themselves, and no agent opens one about a higher rank;
    people who hold a role here or administer elsewhere are privileged.
    """
    if subject.id == actor.account_id or subject.person_id == actor.person_id:
        return refuse("R6", Code.OWN_CASE, "Nobody opens a case about themselves. Ask a colleague.")
    return ALLOWED


def _not_above_oneself(actor: Actor, subject: Account, roles: frozenset[Role], policy: Policy) -> Decision:
    if rank(actor.roles) < subject_rank(roles, subject.roles, policy.privileged_roles):
        return refuse(
            "R6", Code.SUBJECT_OUTRANKS_AGENT, "This person holds a higher role than yours. Hand the call to security."
        )
    return ALLOWED


def _reason_is_served(intake: Intake) -> Decision:
    """R3: No case is opened to change the authenticator app: people do that from their own profile.

    R4: No case is opened because the MFA policy changed: it is rolled out with a grace period (R40); there is no batch
    reset.
    """
    if intake.reason is Reason.CHANGE_AUTHENTICATOR_APP:
        return refuse(
            "R3",
            Code.CHANGE_APP_FROM_PROFILE,
            "Changing the authenticator app needs no reset: the person signs in and does it from their own profile.",
        )
    if intake.reason is Reason.MFA_POLICY_CHANGED:
        return refuse(
            "R4",
            Code.POLICY_CHANGE_NEEDS_CAMPAIGN,
            "A changed MFA policy is rolled out with a grace period; nobody's factors are wiped for it.",
        )
    return ALLOWED


def _reason_fits(intake: Intake, subject: Account) -> Decision:
    """Without a security key there is none to lose; the reason must not make a lost phone's number count (R1, R16)."""
    if intake.reason is Reason.LOST_SECURITY_KEY and not any(
        factor.kind is FactorKind.WEBAUTHN for factor in subject.factors
    ):
        return refuse("R1", Code.REASON_CONTRADICTS_ACCOUNT, "No security key is on record here. What was lost?")
    return ALLOWED


def _states_the_need(intake: Intake) -> Decision:
    """R1: A case states why the person cannot complete MFA, by one of the known reasons, and that they cannot."""
    if not intake.cannot_complete_mfa:
        return refuse("R1", Code.MFA_STILL_WORKS, "A case needs the statement that the person cannot complete MFA.")
    return ALLOWED


def _subject_can_be_recovered(subject: Account) -> Decision:
    # What a recovery has locked or disabled itself is the next case's to open again (R37).
    if subject.held_by_recovery or subject.status is AccountStatus.ACTIVE:
        return ALLOWED
    if subject.status is AccountStatus.DISABLED:
        return refuse("R6", Code.SUBJECT_DISABLED, "This account is disabled. Enabling it is not a recovery.")
    return refuse("R6", Code.SUBJECT_LOCKED, "This account is locked, and not by a recovery. Unlocking it is not one.")


def _password_answer_fits(intake: Intake, subject: Account) -> Decision:
    signals = COMPROMISE_SIGNALS & set(subject.signals)
    if intake.password_compromised is Compromised.NO and signals:
        return refuse(
            "R9",
            Code.PASSWORD_SIGNALS_CONTRADICT,
            "Signals speak for a stolen password, so “no” is not accepted. Answer “yes” or “unknown”.",
            signals=",".join(sorted(signals)),
        )
    return ALLOWED


def _ticket_fits(intake: Intake, policy: Policy) -> Decision:
    """R7: Where policy asks for a ticket reference it matches the tenant's pattern, and one ticket serves one case."""
    if policy.ticket_pattern is None:
        return ALLOWED
    if intake.ticket is None or not re.fullmatch(policy.ticket_pattern, intake.ticket):
        return refuse("R7", Code.TICKET_MALFORMED, "This tenant asks for a ticket reference in its own form.")
    return ALLOWED
