//! Aktiv Patientstøtte, Region Sjælland: a nurse's telephone course.
//!
//! APS-1 whom it is for; APS-2 its three channels; APS-3 oral consent to being referred; APS-4
//! eight working days, paused while a supplement is awaited; APS-6 six to nine months; APS-7 what
//! talks are about; APS-10 enquiries within three working days, telephone hours; APS-11 safe mail.

use super::{ANY, LASTING, ProgrammePreset, channel, consent, denmark, question, sharing, topics};
use crate::programmes::model::{
    Channel, ChannelPolicy, ContactPolicy, CoursePolicy, CriteriaPolicy,
    CriterionWeight::{Indication, Required},
    EnquiryPolicy, FirstCallPolicy, Policy, Purpose,
    RequiredItem::{FullName, Municipality, Telephone},
};
use crate::programmes::peer_support::{MatchingPolicy, OnboardingPolicy};
use crate::programmes::{BookingPolicy, FiguresPolicy};

pub(super) fn preset() -> ProgrammePreset {
    let stating_the_name = |way, route| ChannelPolicy {
        must_state_programme: true,
        ..channel(way, route, &[])
    };
    ProgrammePreset {
        code: "APS".into(),
        name: "Aktiv Patientstøtte".into(),
        description:
            "A nurse's telephone course for adults with chronic disease (Region Sjælland).".into(),
        rules: vec![
            "APS-1", "APS-2", "APS-3", "APS-4", "APS-6", "APS-7", "APS-10", "APS-11",
        ],
        starting_values: vec![
            "/consents/1/forms",
            "/consents/2/forms",
            "/consents/3/forms",
            "/consents/4/forms",
            "/consents/5/forms",
            "/booking",
            "/figures",
        ],
        policy: Policy {
            calendar: denmark(),
            criteria: CriteriaPolicy {
                minimum_age: Some(18),
                questions: vec![
                    question(
                        "chronicDisease",
                        "Har borgeren mindst én kronisk sygdom?",
                        Required,
                    ),
                    question(
                        "complexLongTermIllness",
                        "Har borgeren langvarig sygdom med komplekse problemstillinger?",
                        Indication,
                    ),
                    question(
                        "admissionsLastYear",
                        "Har borgeren inden for det seneste år haft en eller flere indlæggelser, der hænger sammen med en kronisk sygdom?",
                        Indication,
                    ),
                ],
            },
            channels: vec![
                stating_the_name(Channel::Hospital, "Sundhedsplatformen → VIS 99V"),
                stating_the_name(Channel::GeneralPractice, "Regionens henvisningsenhed"),
                channel(
                    Channel::Municipality,
                    "Besked fra kommunen",
                    &[FullName, Telephone, Municipality],
                ),
            ],
            consents: vec![
                consent(Purpose::Referral, ANY),
                consent(Purpose::Participation, ANY),
                sharing(),
                consent(Purpose::Recording, LASTING),
                consent(Purpose::Quotation, LASTING),
                consent(Purpose::QualityData, LASTING),
            ],
            first_call: FirstCallPolicy {
                working_days: 8,
                pause_while_awaiting_supplement: true,
                due_soon_days: 2,
            },
            course: CoursePolicy {
                typical_months_from: 6,
                typical_months_to: 9,
            },
            topics: topics(&[
                ("newDiagnosis", "Ny diagnose"),
                (
                    "longTermIllnessAndComplexity",
                    "Langvarig sygdom og kompleksitet",
                ),
                ("loneliness", "Ensomhed"),
                (
                    "navigatingHealthServices",
                    "At finde rundt i sundhedsvæsenet",
                ),
                (
                    "puttingDifficultiesIntoWords",
                    "At sætte ord på det, der er svært",
                ),
                ("makingAChange", "At skabe en forandring"),
            ]),
            enquiries: EnquiryPolicy { working_days: 3 },
            contact: ContactPolicy {
                telephone: None,
                telephone_hours: vec!["Mon–Fri 09:00–15:00".into()],
                safe_mail: Some("Digital Post".into()),
                web: None,
            },
            booking: BookingPolicy::default(),
            onboarding: OnboardingPolicy::default(),
            matching: MatchingPolicy::default(),
            figures: FiguresPolicy::default(),
        },
    }
}
