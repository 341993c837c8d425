"""服务对象与个案: who is a client, in which project, served when; and a case from opening to closing."""

from __future__ import annotations

from typing import Any

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.case import CaseClosed, CaseOpened, CasePlanAgreed
from xiyuan_ledger.aggregates.client import (
    ClientEnrolled,
    ClientExited,
    ClientRegistered,
    ClientServed,
    ConsentRecorded,
    OutcomeMeasured,
    PersonsMerged,
)
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.policy import PolicyAdopted


def registered(client: str = "C-1", on: str = "2012-07-01", **more: Any) -> ClientRegistered:
    return ClientRegistered(**{"client": client, "sensitivity": "normal", "occurred_on": on} | more)


def enrolled(on: str, project: str = "sunset", category: str = "aged-60", **more: Any) -> ClientEnrolled:
    return ClientEnrolled(client="C-1", project=project, category=category, occurred_on=on, **more)


def exited(on: str, project: str = "sunset", **more: Any) -> ClientExited:
    return ClientExited(client="C-1", project=project, occurred_on=on, **more)


def served(on: str, project: str = "sunset", **more: Any) -> ClientServed:
    return ClientServed(client="C-1", project=project, worker="W-1", method="visit", minutes=60, occurred_on=on, **more)


def merged(client: str, other: str, on: str = "2013-01-01") -> PersonsMerged:
    return PersonsMerged(client=client, merged=other, occurred_on=on)


def measured(on: str) -> OutcomeMeasured:
    return OutcomeMeasured(client="C-1", project="sunset", instrument="SCL-90", phase="pre", score=-3, occurred_on=on)


ENROLLED: tuple[Fact, ...] = (registered(), enrolled("2012-08-01"))


def test_a_client_is_registered_once() -> None:
    given(registered()).when(registered(on="2012-08-01")).refused("client-registered-twice", naming=(1,))


@pytest.mark.parametrize(
    "fact",
    [
        enrolled("2012-06-30"),
        measured("2012-06-30"),
        ConsentRecorded(client="C-1", purpose="photos", given=True, by_guardian=False, occurred_on="2012-06-30"),
        merged("C-1", "C-2", "2012-06-30"),
    ],
)
def test_registration_comes_before_all_else(fact: Fact) -> None:
    ledger = given(registered(), registered("C-2", on="2012-06-01"))
    ledger.when(fact).refused("client-unknown")
    assert ledger.when(fact.model_copy(update={"occurred_on": registered().occurred_on})).recorded


def test_personal_data_are_refused_without_being_repeated() -> None:
    personal = {"name": "No Such Person", "id_number": "000000000000000000", "phone": "000-0000-4711"}
    refusal = given().when(registered(personal=personal)).refused("personal-without-vault")
    shown = f"{refusal!s} {refusal!r} {refusal.values} {refusal.args} {refusal.message('zh')} {refusal.hint('zh')}"
    assert not [value for value in personal.values() if value in shown]


def test_a_client_is_served_while_enrolled() -> None:
    ledger = given(*ENROLLED)
    ledger.when(served("2012-07-31")).refused("client-not-enrolled", naming=())
    assert ledger.when(served("2012-08-01")).recorded
    ledger.when(served("2012-08-02", project="seedling")).refused("client-not-enrolled", naming=())
    assert ledger.when(exited("2012-09-15")).recorded
    assert ledger.when(served("2012-09-14")).recorded
    ledger.when(served("2012-09-15")).refused("client-not-enrolled", naming=(4,))
    ledger.when(served("2012-09-16")).refused("client-not-enrolled", naming=(4,))


def test_a_service_belongs_to_the_day_on_which_it_began() -> None:
    ledger = given(*ENROLLED)
    ledger.when(served("2012-08-02", starts_at="2012-08-01T23:30")).refused("service-on-another-day")
    assert ledger.when(served("2012-08-01", starts_at="2012-08-01T23:30")).recorded


def test_a_client_is_enrolled_once_at_a_time_in_a_project() -> None:
    ledger = given(*ENROLLED)
    ledger.when(enrolled("2012-08-02")).refused("client-enrolled-twice", naming=(2,))
    assert ledger.when(enrolled("2012-08-02", project="seedling")).recorded
    assert ledger.when(exited("2012-09-15")).recorded
    ledger.when(enrolled("2012-09-14")).refused("client-enrolled-twice")
    assert ledger.when(enrolled("2012-09-15")).recorded
    assert ledger.when(exited("2012-09-20")).recorded
    ledger.when(exited("2012-09-21")).refused("client-not-enrolled")


def test_an_exit_on_or_before_a_day_of_service_contradicts_it() -> None:
    ledger = given(*ENROLLED, served("2012-09-10"))
    ledger.when(exited("2012-09-09")).refused("client-not-enrolled", naming=(3,))
    ledger.when(exited("2012-09-10")).refused("client-served-after", naming=(3,))
    assert ledger.when(exited("2012-09-11")).recorded


def test_an_enrolment_cannot_be_taken_out_under_a_service() -> None:
    given(*ENROLLED, served("2012-09-10")).when_voided(2).refused("client-not-enrolled", naming=(3,))
    assert given(*ENROLLED, measured("2012-09-10")).when_voided(2).recorded


def test_an_enrolment_cannot_be_corrected_to_after_a_service() -> None:
    ledger = given(*ENROLLED, served("2012-09-10"))
    later = {"corrects": event_id(2), "reason": "misread"}
    ledger.when(enrolled("2012-09-11", **later)).refused("client-not-enrolled", naming=(3,))
    ledger.when(enrolled("2012-09-10", **later)).refused("client-not-enrolled", naming=(3,))
    assert ledger.when(enrolled("2012-09-09", **later)).recorded


def test_services_may_be_entered_in_any_order() -> None:
    ledger = given(*ENROLLED, served("2012-10-01"), served("2012-09-01"))
    assert ledger.folded_afresh("client/C-1").served == ledger.world.client("C-1").served


def test_sensitivity_is_never_lowered() -> None:
    ledger = given(registered(sensitivity="sensitive"))
    correction = {"corrects": event_id(1), "reason": "misread"}
    refusal = ledger.when(registered(**correction))
    refusal.refused("client-sensitivity-lowered", naming=(1,))
    assert ledger.when(registered(sensitivity="sensitive", birth_year=1940, **correction)).recorded
    raised = {"corrects": event_id(2), "reason": "minor"}
    assert ledger.when(registered(sensitivity="sealed", **raised)).recorded


def adopted(on: str, categories: list[str]) -> PolicyAdopted:
    return PolicyAdopted(
        policy="project-eligibility",
        version=1,
        effective_from=on,
        authority="contract",
        parameters={"projects": {"sunset": {"categories": categories}}},
        occurred_on=on,
    )


def test_the_category_is_one_that_the_project_takes_in() -> None:
    ledger = given(registered(), adopted("2012-08-01", ["aged-80"]))
    assert ledger.when(enrolled("2012-07-31", project="other")).recorded
    ledger.when(enrolled("2012-08-01")).refused("category-not-eligible")
    assert ledger.when(enrolled("2012-08-01", project="seedling")).recorded
    assert ledger.when(enrolled("2012-08-01", category="aged-80")).recorded


def test_the_category_is_free_before_the_policy_takes_effect() -> None:
    assert given(registered(), adopted("2012-08-02", ["aged-80"])).when(enrolled("2012-08-01")).recorded


def people(*clients: str) -> tuple[Fact, ...]:
    return tuple(registered(client) for client in clients)


def test_both_codes_of_a_merge_are_registered() -> None:
    ledger = given(registered("A"), registered("B", on="2013-01-02"))
    ledger.when(merged("A", "B", "2013-01-01")).refused("client-merged-unknown")
    ledger.when(merged("A", "nobody")).refused("client-merged-unknown")
    ledger.when(merged("nobody", "A")).refused("client-unknown")
    assert ledger.when(merged("A", "B", "2013-01-02")).recorded


def test_merges_never_go_round_in_a_circle() -> None:
    ledger = given(*people("A", "B", "C"), merged("A", "B"), merged("B", "C"))
    ledger.when(merged("A", "A")).refused("client-merged-with-itself")
    ledger.when(merged("C", "A")).refused("client-merged-in-circle", naming=(5, 4))
    ledger.when(merged("C", "B")).refused("client-merged-already", naming=(4,))
    ledger.when(merged("A", "B")).refused("client-merged-already", naming=(4,))


def test_a_code_is_merged_once_unless_that_was_taken_out() -> None:
    ledger = given(*people("A", "B", "C"), merged("A", "C"))
    ledger.when(merged("B", "C")).refused("client-merged-already", naming=(4,))
    assert ledger.when_voided(4).recorded
    assert ledger.when(merged("B", "C")).recorded


def test_a_client_who_was_merged_stays_registered() -> None:
    ledger = given(*people("A", "B"), merged("A", "B"))
    ledger.when_voided(2).refused("client-was-merged", naming=(3,))
    ledger.when_voided(1).refused("client-unknown", naming=(3,))


def opened(on: str, **more: Any) -> CaseOpened:
    return CaseOpened(case="K-1", client="C-1", project="sunset", occurred_on=on, **more)


def planned(on: str, client: str | None = "C-1") -> CasePlanAgreed:
    return CasePlanAgreed(case="K-1", client=client, goals="eats well", occurred_on=on)


def closed(on: str, client: str | None = "C-1") -> CaseClosed:
    return CaseClosed(case="K-1", client=client, occurred_on=on)


def test_a_case_goes_from_opening_over_a_plan_to_closing() -> None:
    ledger = given(registered())
    ledger.when(planned("2012-08-01")).refused("case-unknown")
    assert ledger.when(opened("2012-08-01")).recorded
    ledger.when(opened("2012-08-02")).refused("case-opened-twice", naming=(2,))
    ledger.when(closed("2012-08-02")).refused("case-without-plan")
    ledger.when(planned("2012-08-02", client="C-2")).refused("case-other-client", naming=(2,))
    assert ledger.when(planned("2012-08-02")).recorded
    ledger.when(closed("2012-08-01")).refused("case-without-plan")
    assert ledger.when(closed("2012-08-03")).recorded
    ledger.when(closed("2012-08-04")).refused("case-closed", naming=(4,))
    ledger.when(planned("2012-08-04")).refused("case-closed", naming=(4,))
    ledger.when_voided(3).refused("case-without-plan", naming=(4,))


def test_the_steps_of_a_case_need_not_name_its_client_again() -> None:
    ledger = given(registered(), opened("2012-08-01"))
    assert ledger.when(planned("2012-08-02", client=None)).recorded
    ledger.when(closed("2012-08-03", client="C-2")).refused("case-other-client", naming=(2,))
    assert ledger.when(closed("2012-08-03", client=None)).recorded


def test_a_case_is_opened_for_a_registered_client() -> None:
    given(registered()).when(opened("2012-06-30")).refused("client-unknown")
    assert given(registered()).when(opened("2012-07-01")).recorded
    given().when(opened("2012-07-01")).refused("client-unknown")


def test_a_client_with_a_case_stays_registered() -> None:
    ledger: Given = given(registered(), opened("2012-07-02"))
    ledger.when_voided(1).refused("client-has-cases", naming=(2,))
    later = {"corrects": event_id(1), "reason": "misread"}
    ledger.when(registered(on="2012-07-03", **later)).refused("client-has-cases", naming=(2,))
    assert ledger.when(registered(on="2012-07-02", **later)).recorded
