//! Patient-, brukar- och närståendemedverkan, Region Halland: Swedish holidays, Europe/Stockholm,
//! Swedish words.
//!
//! HAL-1 the four parts of the patient contract are what talks are about; HAL-2 the resident books
//! in the web time book, so the one channel is their own request; HAL-4 and HAL-5 taking part in
//! development is agreed to (participation), and what was said is quoted with consent only. Nobody
//! is referred, so there are no criteria.

use super::{ANY, LASTING, ProgrammePreset, channel, consent, sharing, topics};
use crate::calendar::Country;
use crate::programmes::model::{
    CalendarPolicy, Channel, ContactPolicy, CoursePolicy, CriteriaPolicy, EnquiryPolicy,
    FirstCallPolicy, Policy, Purpose,
};
use crate::programmes::peer_support::{MatchingPolicy, OnboardingPolicy};
use crate::programmes::{BookingPolicy, FiguresPolicy};

pub(super) fn preset() -> ProgrammePreset {
    ProgrammePreset {
        code: "HAL".into(),
        name: "Patient-, brukar- och närståendemedverkan".into(),
        description:
            "Patient contract, web time book and participation in development (Region Halland)."
                .into(),
        rules: vec!["HAL-1", "HAL-2", "HAL-4", "HAL-5"],
        starting_values: vec![
            "/consents/0/forms",
            "/consents/1/forms",
            "/consents/2/forms",
            "/consents/3/forms",
            "/firstCall/workingDays",
            "/course/typicalMonthsFrom",
            "/course/typicalMonthsTo",
            "/enquiries/workingDays",
            "/booking/horizonDays",
            "/booking/holdMinutes",
            "/booking/offerMinutes",
            "/figures",
        ],
        policy: Policy {
            calendar: CalendarPolicy {
                country: Country::Sweden,
                time_zone: "Europe/Stockholm".to_owned(),
                closed_days: Vec::new(),
            },
            criteria: CriteriaPolicy {
                minimum_age: None,
                questions: Vec::new(),
            },
            channels: vec![channel(Channel::SelfReferral, "Webbtidboken", &[])],
            consents: vec![
                consent(Purpose::Participation, ANY),
                sharing(),
                consent(Purpose::Quotation, LASTING),
                consent(Purpose::QualityData, LASTING),
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
                ("mutualAgreement", "Ömsesidig överenskommelse"),
                ("fixedCareContact", "Fast vårdkontakt"),
                ("agreedTimes", "Överenskomna tider"),
                ("coherentPlan", "Sammanhållen plan"),
            ]),
            enquiries: EnquiryPolicy { working_days: 3 },
            contact: ContactPolicy {
                telephone: None,
                telephone_hours: Vec::new(),
                safe_mail: None,
                web: None,
            },
            booking: BookingPolicy::default(),
            onboarding: OnboardingPolicy::default(),
            matching: MatchingPolicy::default(),
            figures: FiguresPolicy::default(),
        },
    }
}
