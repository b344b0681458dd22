"""The register of known faults: what went wrong in other products, and which tests show that it does not here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault in our own words, and its tests as `path below tests/::function`."""

    title: str
    tests: tuple[str, ...]


FAULTS = {
    "B01": Fault(
        "A step is done again after a crash and hits what came meanwhile",
        (
            "recovery/test_killed_anywhere.py::test_killed_at",
            "recovery/test_killed_anywhere.py::test_killed_by_the_system",
            "recovery/test_killed_anywhere.py::test_a_sleeper_wakes_after_the_work_is_done",
            "recovery/test_killed_anywhere.py::test_only_the_latest_attempt_may_send",
        ),
    ),
    "B02": Fault(
        "The quiet factors survive the reset",
        (
            "recovery/test_extent_of_the_wipe.py::test_every_kind_of_factor_goes",
            "directory/test_commands.py::test_every_kind_of_factor_is_listed_and_removable",
        ),
    ),
    "B03": Fault(
        "Old backup codes still work after the reset",
        (
            "recovery/test_backup_codes.py::test_old_codes_die_with_the_wipe",
            "recovery/test_backup_codes.py::test_a_code_begun_before_the_wipe_is_refused_after_it",
            "directory/test_sign_in.py::test_a_removed_set_of_codes_is_dead_at_once",
        ),
    ),
    "B04": Fault(
        "The approver's name is taken from the message",
        (
            "api/test_actors.py::test_actor_in_the_body_is_refused",
            "api/test_actors.py::test_actor_in_a_header_is_not_believed",
            "api/test_officers.py::test_what_vouchers_are_is_never_sent",
            "recovery/test_forged_messages.py::test_a_made_up_act_is_not_believed",
        ),
    ),
    "B05": Fault(
        "One human asks and approves, by two logins",
        (
            "attacks/test_friendly_agent.py::test_no_verdict_from_the_agents_second_login",
            "domain/test_verification.py::test_two_logins_are_one_person",
            "domain/test_doors.py::test_nobody_resets_themselves",
        ),
    ),
    "B06": Fault(
        "The search for a person finds another one",
        (
            "directory/test_find.py::test_find",
            "directory/test_find.py::test_replaced_address_finds_nobody",
            "api/test_cases.py::test_lookup",
        ),
    ),
    "B07": Fault(
        "What was approved is changed and stays approved",
        (
            "domain/test_verification.py::test_verdicts_die_with_their_plan",
            "recovery/test_people_change.py::test_a_changed_plan_voids_the_verdicts",
            "attacks/test_tired_approver.py::test_a_key_serves_one_body",
        ),
    ),
    "B08": Fault(
        "Stop and go arrive together and both are obeyed",
        (
            "recovery/test_at_the_same_instant.py::test_cancel_against_execute",
            "recovery/test_objections.py::test_an_objection_before_the_claim_wins",
            "domain/test_doors.py::test_after_the_claim_nothing_is_decided",
        ),
    ),
    "B09": Fault(
        "Secrets in history, log, audit or error",
        (
            "recovery/test_nothing_leaks.py::test_no_canary_is_readable",
            "attacks/test_leaks.py::test_errors_and_their_chains_quote_nothing",
            "transport/test_history.py::test_nothing_readable_in_history_and_logs",
        ),
    ),
    "B10": Fault(
        "Rung again until somebody gives in, and nobody is told",
        (
            "attacks/test_friendly_agent.py::test_a_failed_verification_is_not_forgotten_by_reopening",
            "people/test_signals_at_the_doors.py::test_who_rings_again_after_a_failed_verification_is_known",
            "notices/test_who_is_told.py::test_opening_tells_every_contact_point_and_the_manager",
            "notices/test_on_the_case.py::test_a_case_of_which_nobody_was_told_says_so",
        ),
    ),
    "B11": Fault(
        "Telephone or mailbox exchanged just before the case",
        (
            "faults/test_contact_changed_before.py::test_changed_two_hours_before",
            "notices/test_who_is_told.py::test_a_replaced_address_is_told_within_the_quarantine",
            "notices/test_told_each_time.py::test_two_changes_of_contacts_are_two_notices_and_one_event_is_one",
            "people/test_nightly_reads.py::test_another_number_is_new",
        ),
    ),
    "B12": Fault(
        "Half done and reported as done",
        (
            "recovery/test_extent_of_the_wipe.py::test_a_factor_that_stays_is_named",
            "recovery/test_forged_messages.py::test_an_operation_marked_done_by_hand_is_not_believed",
        ),
    ),
    "B13": Fault(
        "One backup code opens two doors at once",
        (
            "directory/test_sign_in.py::test_thirty_uses_of_one_backup_code",
            "directory/test_sign_in.py::test_parallel_database_uses_of_one_backup_code",
            "directory/test_sign_in.py::test_a_backup_code_works_for_its_owner_only",
        ),
    ),
    "B14": Fault(
        "A one-time code serves twice, or is guessed in parallel",
        (
            "directory/test_step_up.py::test_one_code_for_one_proof",
            "directory/test_step_up.py::test_guesses_in_parallel",
            "directory/test_step_up.py::test_parallel_uses_of_one_right_code",
            "attacks/test_tired_approver.py::test_a_totp_code_serves_one_decision",
        ),
    ),
    "B15": Fault(
        "Sessions are ended, long-lived tokens are not",
        (
            "recovery/test_extent_of_the_wipe.py::test_an_approved_revocation_spares_no_long_lived_token",
            "recovery/test_extent_of_the_wipe.py::test_a_plain_wipe_leaves_password_and_sessions",
            "attacks/test_password_thief.py::test_a_revoked_member_is_signed_out_of_the_product",
        ),
    ),
    "B16": Fault(
        "Deadlines off by the time zone, or lost in a restart",
        (
            "recovery/test_endings.py::test_a_case_expires_by_the_clock",
            "recovery/test_endings.py::test_what_was_decided_in_time_counts_though_no_worker_ran",
            "recovery/test_watch.py::test_a_window_that_closes_while_nothing_runs_is_closed_by_the_sweep",
            "domain/test_evidence.py::test_time_without_zone_is_not_accepted",
        ),
    ),
    "B17": Fault(
        "People come and go while the case is open",
        (
            "recovery/test_people_change.py::test_a_subject_who_is_gone_ends_the_case",
            "recovery/test_people_change.py::test_a_disabled_subject_is_not_enabled_by_a_reset",
            "recovery/test_people_change.py::test_somebody_disabled_at_the_provider_does_not_count",
            "recovery/test_people_change.py::test_an_approver_who_lost_the_role_does_not_count",
        ),
    ),
    "B18": Fault(
        "The audit chain forks under load and is believed broken",
        (
            "store/audit/test_many_writers.py::test_many_writers_make_one_line",
            "api/test_audit.py::test_check_names_the_first_bad_event",
            "store/audit/test_check.py::test_heads_newer_than_the_snapshot_are_no_alarm",
        ),
    ),
    "B19": Fault(
        "One message of the wrong shape jams a case",
        (
            "recovery/test_forged_messages.py::test_malformed_messages",
            "recovery/test_forged_messages.py::test_messages_of_wrong_arity_and_name",
            "recovery/test_forged_messages.py::test_foreign_payloads",
            "transport/test_messages.py::test_burst_of_bad_messages_before_the_first_task",
        ),
    ),
    "B20": Fault(
        "A mail scanner presses the button",
        (
            "notices/test_stop_links.py::test_looking_changes_nothing",
            "notices/test_stop_links.py::test_a_scanner_that_posts_what_it_finds_does_nothing",
            "identity_document/test_checks.py::test_a_look_at_the_link_does_no_harm",
        ),
    ),
    "B21": Fault(
        "Wiped, never enrolled again, and the password is enough",
        (
            "recovery/test_endings.py::test_an_unused_window_locks_the_account",
            "recovery/test_extent_of_the_wipe.py::test_an_account_that_might_skip_enrolment_stays_disabled",
            "attacks/test_password_thief.py::test_the_new_factor_cannot_be_taken_away_again",
        ),
    ),
    "B22": Fault(
        "A link or a foreign page acts in somebody's name",
        (
            "directory_pages/test_forms.py::test_looking_changes_nothing",
            "directory_pages/test_forms.py::test_a_form_of_another_page_does_nothing",
            "notices/test_stop_links.py::test_a_foreign_page_cannot_confirm",
        ),
    ),
    "B23": Fault(
        "Across the fence: another tenant, a higher role, oneself",
        (
            "api/test_actors.py::test_foreign_cases_do_not_exist",
            "api/test_actors.py::test_accounts_of_the_own_tenant_only",
            "api/test_routes.py::test_unknown_query_parameters_are_refused",
            "attacks/test_friendly_agent.py::test_what_belongs_to_another_case_serves_no_case",
        ),
    ),
    "B24": Fault(
        "Proved once, good for everything",
        (
            "api/test_decisions.py::test_proof_for_something_else",
            "attacks/test_tired_approver.py::test_a_proof_for_one_verdict_carries_no_other",
            "attacks/test_friendly_agent.py::test_an_ended_session_decides_nothing",
        ),
    ),
    "B25": Fault(
        "Messages while the workflow ends",
        (
            "recovery/test_bursts_and_gaps.py::test_acts_before_any_worker_exists",
            "recovery/test_bursts_and_gaps.py::test_ringing_at_a_finished_case",
        ),
    ),
    "B26": Fault(
        "Hostile text at every exit",
        (
            "api/test_input.py::test_odd_text_is_kept_as_text",
            "api/test_input.py::test_text_that_is_none_is_refused",
            "store/audit/test_export.py::test_hostile_text_stays_text_in_every_export",
            "cli/test_cases.py::test_text_of_others_is_shown_and_never_obeyed",
        ),
    ),
    "B27": Fault(
        "The connection dies at COMMIT",
        (
            "attacks/test_crash_at_the_door.py::test_committed_but_not_answered_is_once",
            "attacks/test_crash_at_the_door.py::test_cut_before_commit_is_not_at_all_and_the_proof_still_serves",
            "store/audit/test_append.py::test_a_connection_cut_before_commit_leaves_nothing",
        ),
    ),
    "B28": Fault(
        "Codes as people type them",
        (
            "api/test_input.py::test_clumsy_codes_are_wrong_codes",
            "directory/test_codes.py::test_a_code_may_be_spaced",
            "directory/test_codes.py::test_backup_codes_as_typed",
            "directory/test_codes.py::test_what_is_no_code_is_a_wrong_code",
        ),
    ),
    "B29": Fault(
        "Engine and store tell two stories",
        (
            "recovery/test_workflow_lost.py::test_lost_before_the_claim_is_interrupted",
            "recovery/test_workflow_lost.py::test_lost_after_the_claim_is_continued",
            "recovery/test_workflow_lost.py::test_set_back_after_the_wipe",
            "recovery/test_bursts_and_gaps.py::test_temporal_is_away_while_people_decide",
        ),
    ),
    "B30": Fault(
        "New code for running cases, and a case started twice",
        (
            "replay/test_replay.py::test_replay",
            "attacks/test_temporal_insider.py::test_a_twin_of_the_workflow_does_nothing_twice",
            "domain/test_evolution.py::test_a_new_field_of_the_evidence_voids_no_step_up",
        ),
    ),
}

RESERVE = {
    "RES01": Fault(
        "A sign-in that leads to somebody else's page",
        ("directory_pages/test_sign_in.py::test_a_sign_in_leads_to_own_pages_only",),
    ),
    "RES02": Fault(
        "Answers that tell who exists",
        (
            "api/test_sign_in.py::test_strangers_learn_nothing",
            "attacks/test_leaks.py::test_unknown_and_wrong_look_the_same_before_sign_in",
            "attacks/test_leaks.py::test_opening_without_the_role_tells_nothing_about_the_subject",
            "directory/test_presence.py::test_nobody_gets_a_code_as_well",
            "directory_pages/test_sign_in.py::test_unknown_login_and_wrong_password_are_answered_alike",
        ),
    ),
    "RES03": Fault(
        "Secrets as options of a command",
        (
            "cli/test_secrets.py::test_no_command_takes_a_secret_as_an_option_or_an_argument",
            "cli/test_secrets.py::test_no_help_text_shows_a_default_from_the_environment",
        ),
    ),
    "RES04": Fault(
        "Two accounts that look the same",
        (
            "people/test_signals_at_the_doors.py::test_an_account_that_looks_the_same_is_told",
            "people/test_signals_at_the_doors.py::test_an_approver_who_looks_like_the_subject_is_told",
            "people/test_skeletons.py::test_what_looks_the_same",
        ),
    ),
    "RES05": Fault(
        "The notice of a changed contact goes astray or gives the old one away",
        (
            "notices/test_who_is_told.py::test_a_contact_changed_during_the_case_warns_the_old_one",
            "notices/test_words.py::test_a_contact_that_was_added_meanwhile_gets_a_plain_notice",
        ),
    ),
    "RES06": Fault(
        "What somebody typed is shown as a fact",
        (
            "faults/test_reserve.py::test_what_the_agent_typed_is_marked_and_the_subject_is_the_directorys",
            "cli/test_cases.py::test_a_case_begins_with_the_next_step",
        ),
    ),
    "RES07": Fault(
        "An old approval wakes a case that is over",
        (
            "faults/test_reserve.py::test_a_decision_on_a_closed_case_rings_nobody",
            "domain/test_doors.py::test_in_a_closed_case_nothing_is_decided",
        ),
    ),
    "RES08": Fault(
        "The sweep kills what waits for people",
        (
            "faults/test_reserve.py::test_a_case_that_waits_three_days_is_left_alone",
            "recovery/test_workflow_lost.py::test_a_sweep_leaves_waiting_cases_alone",
        ),
    ),
    "RES09": Fault(
        "One backup code counts as both factors, or as more than a sign-in",
        (
            "recovery/test_backup_codes.py::test_a_code_that_is_used_ends_the_case",
            "directory/test_step_up.py::test_a_backup_code_steps_nobody_up",
            "directory/test_sign_in.py::test_trust_in_a_browser_ends_and_is_not_transferable",
        ),
    ),
    "RES10": Fault(
        "The audit does not say what was removed",
        ("faults/test_reserve.py::test_the_audit_names_each_removed_factor",),
    ),
    "RES11": Fault(
        "A button pressed without knowing what it does",
        ("notices/test_stop_links.py::test_the_page_gives_nothing_away",),
    ),
    "RES12": Fault(
        "Whoever reaches the engine decides",
        (
            "recovery/test_forged_messages.py::test_a_client_without_keys_decides_nothing",
            "recovery/test_forged_messages.py::test_an_act_written_past_the_doors_is_not_believed",
            "attacks/test_temporal_insider.py::test_effects_called_out_of_turn_judge_first",
            "attacks/test_temporal_insider.py::test_a_flood_of_bells_for_no_act_moves_nothing",
        ),
    ),
    "RES13": Fault(
        "Own factors are changed with a session alone",
        (
            "directory/test_profile.py::test_an_old_session_needs_a_fresh_proof",
            "directory/test_profile.py::test_one_proof_is_for_one_change",
            "directory/test_first_enrolment.py::test_no_session_of_before_sets_one_up",
        ),
    ),
}
"""The first list are the faults that were to be tested for, the second those in reserve."""
