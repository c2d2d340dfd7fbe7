//! Patientstøtteindsatsen, Hjerteforeningen: peer support by volunteers.
//!
//! HF-4 telephone talks are booked on the web site or through Hjertelinjen by a patient or a
//! relative, so the one channel is their own request and needs a number to call; the phases of
//! illness are what a talk is about. HF-2 interview, course and trial shifts come in order. HF-7 quoting needs consent. HF-1 and HF-3: no age limit and no
//! questions, parents of children and relatives are supported too. Ward talks (HF-3) have no
//! identity and pass by all of this.

use super::{ANY, LASTING, ProgrammePreset, channel, consent, denmark, topics};
use crate::programmes::model::{
    Channel, ContactPolicy, CoursePolicy, CriteriaPolicy, EnquiryPolicy, FirstCallPolicy, Policy,
    Purpose, RequiredItem,
};
use crate::programmes::peer_support::{
    MatchingPolicy, OnboardingKind, OnboardingPolicy, OnboardingStep,
};
use crate::programmes::{BookingPolicy, FiguresPolicy};

pub(super) fn preset() -> ProgrammePreset {
    ProgrammePreset {
        code: "HF".into(),
        name: "Patientstøtteindsatsen".into(),
        description:
            "Peer support by volunteers with lived experience of heart disease (Hjerteforeningen)."
                .into(),
        rules: vec!["HF-1", "HF-2", "HF-3", "HF-4", "HF-5", "HF-6", "HF-7"],
        starting_values: vec![
            "/consents/0/forms",
            "/consents/1/forms",
            "/consents/2/forms",
            "/firstCall/workingDays",
            "/course/typicalMonthsFrom",
            "/course/typicalMonthsTo",
            "/enquiries/workingDays",
            "/booking/horizonDays",
            "/booking/holdMinutes",
            "/booking/offerMinutes",
            "/figures",
            "/onboarding/steps/1/expiresAfterMonths",
            "/onboarding/steps/2/times",
            "/matching",
        ],
        policy: Policy {
            calendar: denmark(),
            criteria: CriteriaPolicy {
                minimum_age: None,
                questions: Vec::new(),
            },
            channels: vec![channel(
                Channel::SelfReferral,
                "Hjerteforeningens hjemmeside eller Hjertelinjen",
                &[RequiredItem::Telephone],
            )],
            consents: vec![
                consent(Purpose::Participation, ANY),
                consent(Purpose::VolunteerContact, ANY),
                consent(Purpose::Quotation, LASTING),
            ],
            first_call: FirstCallPolicy {
                working_days: 5,
                pause_while_awaiting_supplement: false,
                due_soon_days: 2,
            },
            course: CoursePolicy {
                typical_months_from: 0,
                typical_months_to: 12,
            },
            topics: topics(&[
                ("beforeIllness", "Før sygdommen"),
                ("duringIllness", "Under sygdommen"),
                ("afterIllness", "Efter sygdommen"),
            ]),
            enquiries: EnquiryPolicy { working_days: 3 },
            contact: ContactPolicy {
                telephone: Some("Hjertelinjen".into()),
                telephone_hours: Vec::new(),
                safe_mail: None,
                web: None,
            },
            booking: BookingPolicy {
                phase_required: true,
                ..BookingPolicy::default()
            },
            onboarding: OnboardingPolicy {
                steps: vec![
                    step("interview", "Samtale", OnboardingKind::Interview, 1, None),
                    step("course", "Kursus", OnboardingKind::Course, 1, Some(36)),
                    step(
                        "trialShift",
                        "Prøvevagt",
                        OnboardingKind::TrialShift,
                        2,
                        None,
                    ),
                ],
            },
            matching: MatchingPolicy::default(),
            figures: FiguresPolicy::default(),
        },
    }
}

fn step(
    code: &str,
    name: &str,
    kind: OnboardingKind,
    times: u32,
    expires_after_months: Option<u32>,
) -> OnboardingStep {
    OnboardingStep {
        code: code.into(),
        name: name.into(),
        kind,
        times,
        expires_after_months,
    }
}
