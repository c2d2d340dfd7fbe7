"""Drives the main job of Aktiv Patientstøtte with a generated client, from referral to closing note.

Called by main_job.sh, which has made the client and sets API, EHR_ID, EHR_SECRET, NURSE_TOKEN,
COORDINATOR_TOKEN and PROGRAMME (the demo's credentials).
"""

import os
import uuid
from datetime import datetime, timedelta, timezone

from brobygger_client import AuthenticatedClient, Client
from brobygger_client.api.call_sessions import (
    complete_call_session,
    plan_call_session,
    record_call_attempt,
)
from brobygger_client.api.consents import withdraw_consent
from brobygger_client.api.courses import close_course, read_closing_note, read_course
from brobygger_client.api.patients import read_access_log
from brobygger_client.api.referrals import accept_referral, create_referral, read_referral_deadline
from brobygger_client.api.sign_in import issue_token
from brobygger_client.api.worklists import list_first_calls
from brobygger_client import models as m

API = os.environ["API"]
NOW = datetime.now(timezone.utc)


def check(expected, answer):
    """The parsed body of an answer with the expected status."""
    assert answer.status_code == expected, (answer.status_code, answer.content)
    assert answer.parsed is not None, answer.content
    return answer.parsed


def signed_in():
    """The record system signs in with its id and secret."""
    form = m.TokenRequest(
        grant_type="client_credentials",
        client_id=os.environ["EHR_ID"],
        client_secret=os.environ["EHR_SECRET"],
    )
    token = check(200, issue_token.sync_detailed(client=Client(base_url=API), body=form))
    return AuthenticatedClient(base_url=API, token=token.access_token)


def refer(ehr, given, telephone):
    """A hospital's referral with the patient's oral consent; sending it again changes nothing."""
    body = m.NewReferral.from_dict(
        {
            "programmeId": os.environ["PROGRAMME"],
            "channel": "hospital",
            "sentAt": (NOW - timedelta(minutes=5)).isoformat(),
            "statedProgramme": "aktiv patientstøtte",
            "patient": {
                "identifiers": [],
                "name": {"given": given, "family": "Prøvesen"},
                "birthDate": "1950-05-17",
                "telephones": [{"label": "mobile", "number": telephone}],
                "municipalityCode": "0370",
            },
            "consent": {
                "purpose": "referral",
                "form": "oral",
                "givenAt": (NOW - timedelta(minutes=10)).isoformat(),
            },
            "criteria": [{"code": "chronicDisease", "answer": "yes"}],
        }
    )
    key = str(uuid.uuid4())
    first = check(201, create_referral.sync_detailed(client=ehr, body=body, idempotency_key=key))
    again = create_referral.sync_detailed(client=ehr, body=body, idempotency_key=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.parsed.id == first.id
    return first


def first_conversation(nurse, referral):
    """Not reached, not reached, reached; then the decision that opens the course."""
    check(200, accept_referral.sync_detailed(referral.id, client=nurse, body=m.ReferralAcceptance()))
    new = m.NewCallSession(
        referral_id=referral.id, planned_at=datetime.now(timezone.utc), planned_minutes=30
    )
    session = check(201, plan_call_session.sync_detailed(client=nurse, body=new))
    for outcome in ["notReached", "notReached", "reached"]:
        attempt = m.NewCallAttempt.from_dict({"numberLabel": "mobile", "outcome": outcome})
        check(201, record_call_attempt.sync_detailed(session.id, client=nurse, body=attempt))
    done = m.CallCompletion.from_dict(
        {
            "actualMinutes": 35,
            "agenda": ["At forstå indkaldelsen"],
            "topics": ["navigatingHealthServices"],
            "note": "Vil gerne ringes op igen.",
            "suitability": {
                "enrol": {
                    "treatmentResponsible": {
                        "kind": "generalPractitioner",
                        "name": "Lægehuset Prøvevej",
                    }
                }
            },
            "nextContact": {
                "plannedAt": (NOW + timedelta(days=7)).isoformat(),
                "plannedMinutes": 30,
            },
        }
    )
    held = check(200, complete_call_session.sync_detailed(session.id, client=nurse, body=done))
    return held.course_id


def main():
    ehr = signed_in()
    nurse = AuthenticatedClient(base_url=API, token=os.environ["NURSE_TOKEN"])
    coordinator = AuthenticatedClient(base_url=API, token=os.environ["COORDINATOR_TOKEN"])
    number = uuid.uuid4().int % 10_000_000

    referral = refer(ehr, "Inger", f"+452{number:07d}")
    deadline = check(200, read_referral_deadline.sync_detailed(referral.id, client=nurse))
    counted = [day for day in deadline.days if day.counted]
    assert counted[-1].counted == 8 and counted[-1].date == deadline.due_on, deadline
    due = check(200, list_first_calls.sync_detailed(client=nurse, limit=100))
    assert referral.id in [item.referral_id for item in due.items]

    course_id = first_conversation(nurse, referral)
    course = check(200, read_course.sync_detailed(course_id, client=nurse))
    assert course.state == "active" and course.referral_id == referral.id
    closure = m.NewClosure.from_dict(
        {"reason": "goalsReached", "closingNote": "Klarer selv kontakten til ambulatoriet."}
    )
    closed = check(200, close_course.sync_detailed(course_id, client=nurse, body=closure))
    assert closed.course.state == "closed" and len(closed.cancelled_call_sessions) == 1
    note = check(200, read_closing_note.sync_detailed(course_id, client=nurse))
    assert note.treatment_responsible.name == "Lægehuset Prøvevej" and note.talks == 1

    # Another patient withdraws consent in the middle, and all that stood on it ends at once.
    other = refer(ehr, "Kurt", f"+453{number:07d}")
    other_course = first_conversation(nurse, other)
    withdrawal = m.NewWithdrawal()
    ended = check(200, withdraw_consent.sync_detailed(other.consent_id, client=nurse, body=withdrawal))
    kinds = sorted(item.kind for item in ended.withdrawal.ended)
    assert kinds == ["callSession", "course"], ended
    assert check(200, read_course.sync_detailed(other_course, client=nurse)).state == "closed"

    # Who has looked at the record?
    log = check(200, read_access_log.sync_detailed(referral.patient_id, client=coordinator))
    operations = {row.operation for row in log.items}
    assert {"create_referral", "close_course", "read_closing_note"} <= operations, operations
    print("the main job works with the generated client")


main()
