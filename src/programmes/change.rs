//! Changes of a programme: merge patches (RFC 7396) down to the single field of the policy. Lists
//! are replaced as a whole, because a merge patch has no way to speak of their items.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::booking::BookingPolicyChange;
use super::figures::FiguresChange;
use super::model::{ChannelPolicy, ConsentPolicy, Criterion, Policy, Programme, Topic};
use super::peer_support::{MatchingChange, OnboardingPolicy};
use crate::calendar::{ClosedDay, Country};
use crate::platform::http::input::present;
use crate::platform::text::{Line, Name};

/// A change (merge patch, RFC 7396): what is absent stays as it is. The code never changes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"policy": {"calendar": {"closedDays": [{"name": "Juleaftensdag", "monthDay": "12-24"}]}, "firstCall": {"workingDays": 5}}}))]
pub struct ProgrammeChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    name: Option<Name>,
    /// Whether it takes new referrals and enquiries.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    active: Option<bool>,
    /// What of its policy is decided anew.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    policy: Option<PolicyChange>,
}

/// What of a policy is decided anew. Lists replace the list there was.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyChange {
    /// Working days, closed days, time zone.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    calendar: Option<CalendarChange>,
    /// Whom the programme is for (APS-1).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    criteria: Option<CriteriaChange>,
    /// All channels anew (APS-2).
    #[schema(nullable = false, max_items = 5)]
    #[serde(default, deserialize_with = "present")]
    channels: Option<Vec<ChannelPolicy>>,
    /// All rules of consent anew.
    #[schema(nullable = false, max_items = 7)]
    #[serde(default, deserialize_with = "present")]
    consents: Option<Vec<ConsentPolicy>>,
    /// How soon a patient is called (APS-4). Holds for referrals received after the change.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    first_call: Option<FirstCallChange>,
    /// How long a course typically is (APS-6).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    course: Option<CoursePolicyChange>,
    /// All topics anew (APS-7).
    #[schema(nullable = false, max_items = 50)]
    #[serde(default, deserialize_with = "present")]
    topics: Option<Vec<Topic>>,
    /// How soon enquiries are answered (APS-10). Holds for enquiries registered after the change.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    enquiries: Option<EnquiryPolicyChange>,
    /// How the programme is reached.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    contact: Option<ContactChange>,
    /// How its times are booked (HF-6, HAL-2).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    booking: Option<BookingPolicyChange>,
    /// All onboarding steps anew (HF-2). Volunteers who are active stay active.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    onboarding: Option<OnboardingPolicy>,
    /// What counts when somebody is matched with a volunteer (HF-5).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    matching: Option<MatchingChange>,
    /// The smallest counts that activity figures show (HF-7).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    figures: Option<FiguresChange>,
}

/// A change of the calendar.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarChange {
    /// Whose public holidays count.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    country: Option<Country>,
    /// IANA time zone in which days begin and end.
    #[schema(
        nullable = false,
        example = "Europe/Copenhagen",
        max_length = 64,
        pattern = "^[A-Za-z_]+(/[A-Za-z_]+)*$"
    )]
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<String>,
    /// All closed days anew.
    #[schema(nullable = false, max_items = 100)]
    #[serde(default, deserialize_with = "present")]
    closed_days: Option<Vec<ClosedDay>>,
}

/// A change of the criteria.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CriteriaChange {
    /// Another minimum age in whole years; null for none.
    #[schema(value_type = Option<u32>, minimum = 0, maximum = 120)]
    #[serde(default, deserialize_with = "present")]
    minimum_age: Option<Option<u32>>,
    /// All questions anew.
    #[schema(nullable = false, max_items = 50)]
    #[serde(default, deserialize_with = "present")]
    questions: Option<Vec<Criterion>>,
}

/// A change of the clock for first calls.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FirstCallChange {
    /// Working days from receipt.
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    working_days: Option<u32>,
    /// Whether the clock stands still while a supplement is awaited.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pause_while_awaiting_supplement: Option<bool>,
    /// How many days before the end of the last day the event `referral.firstCallDueSoon` comes.
    #[schema(nullable = false, minimum = 1, maximum = 14)]
    #[serde(default, deserialize_with = "present")]
    due_soon_days: Option<u32>,
}

/// A change of the typical length of a course.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoursePolicyChange {
    /// Months from opening; a course closed earlier is flagged as short.
    #[schema(nullable = false, minimum = 0, maximum = 120)]
    #[serde(default, deserialize_with = "present")]
    typical_months_from: Option<u32>,
    /// Months from opening; a course that runs longer is flagged as long.
    #[schema(nullable = false, minimum = 1, maximum = 240)]
    #[serde(default, deserialize_with = "present")]
    typical_months_to: Option<u32>,
}

/// A change of the clock for enquiries.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnquiryPolicyChange {
    /// Working days from receipt.
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    working_days: Option<u32>,
}

/// A change of how the programme is reached.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactChange {
    /// Another telephone number; null for none.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    telephone: Option<Option<Line>>,
    /// All telephone hours anew.
    #[schema(nullable = false, max_items = 20)]
    #[serde(default, deserialize_with = "present")]
    telephone_hours: Option<Vec<Line>>,
    /// Another safe way for messages with health data (APS-11); null for none.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    safe_mail: Option<Option<Line>>,
    /// Another page; null for none.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    web: Option<Option<Line>>,
}

/// Puts what is present in the place of what was.
pub(super) fn put<T: Clone>(field: &mut T, change: &Option<T>) {
    if let Some(change) = change {
        field.clone_from(change);
    }
}

impl ProgrammeChange {
    /// The programme with this change; nothing is checked yet.
    #[must_use]
    pub fn apply(&self, mut programme: Programme) -> Programme {
        put(&mut programme.name, &self.name);
        put(&mut programme.active, &self.active);
        if let Some(policy) = &self.policy {
            policy.apply(&mut programme.policy);
        }
        programme
    }
}

impl PolicyChange {
    fn apply(&self, policy: &mut Policy) {
        if let Some(change) = &self.calendar {
            put(&mut policy.calendar.country, &change.country);
            put(&mut policy.calendar.time_zone, &change.time_zone);
            put(&mut policy.calendar.closed_days, &change.closed_days);
        }
        if let Some(change) = &self.criteria {
            put(&mut policy.criteria.minimum_age, &change.minimum_age);
            put(&mut policy.criteria.questions, &change.questions);
        }
        put(&mut policy.channels, &self.channels);
        put(&mut policy.consents, &self.consents);
        if let Some(change) = &self.first_call {
            put(&mut policy.first_call.working_days, &change.working_days);
            put(
                &mut policy.first_call.pause_while_awaiting_supplement,
                &change.pause_while_awaiting_supplement,
            );
            put(&mut policy.first_call.due_soon_days, &change.due_soon_days);
        }
        if let Some(change) = &self.course {
            put(
                &mut policy.course.typical_months_from,
                &change.typical_months_from,
            );
            put(
                &mut policy.course.typical_months_to,
                &change.typical_months_to,
            );
        }
        put(&mut policy.topics, &self.topics);
        if let Some(change) = &self.enquiries {
            put(&mut policy.enquiries.working_days, &change.working_days);
        }
        if let Some(change) = &self.contact {
            put(&mut policy.contact.telephone, &change.telephone);
            put(&mut policy.contact.telephone_hours, &change.telephone_hours);
            put(&mut policy.contact.safe_mail, &change.safe_mail);
            put(&mut policy.contact.web, &change.web);
        }
        if let Some(change) = &self.booking {
            change.apply(&mut policy.booking);
        }
        put(&mut policy.onboarding, &self.onboarding);
        if let Some(change) = &self.matching {
            change.apply(&mut policy.matching);
        }
        if let Some(change) = &self.figures {
            change.apply(&mut policy.figures);
        }
    }
}
