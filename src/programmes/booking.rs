//! How the times of a programme are booked: policy, and its changes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::put;
use super::model::Purpose;
use crate::platform::http::input::present;

/// How the times of a programme are booked (HF-6, HAL-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BookingPolicy {
    /// How many days ahead times are made from availability.
    #[schema(minimum = 1, maximum = 400)]
    pub horizon_days: u32,
    /// How many minutes a time is held for somebody who is booking it.
    #[schema(minimum = 1, maximum = 120)]
    pub hold_minutes: u32,
    /// How many minutes a freed time is kept for somebody on the waiting list.
    #[schema(minimum = 5, maximum = 20_160)]
    pub offer_minutes: u32,
    /// How many times one booking site holds at once, so that none takes all of them.
    #[schema(minimum = 1, maximum = 10_000)]
    pub site_holds: u32,
    /// Whether a booking says before, during or after illness the person is (HF-4).
    pub phase_required: bool,
    /// The consent that a talk with a volunteer needs.
    pub volunteer_consent: Purpose,
    /// The consent that any other booking needs.
    pub other_consent: Purpose,
}

impl Default for BookingPolicy {
    fn default() -> Self {
        Self {
            horizon_days: 90,
            hold_minutes: 10,
            offer_minutes: 720,
            site_holds: 100,
            phase_required: false,
            volunteer_consent: Purpose::VolunteerContact,
            other_consent: Purpose::Participation,
        }
    }
}

/// A change of how times are booked.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookingPolicyChange {
    /// How many days ahead times are made from availability.
    #[schema(nullable = false, minimum = 1, maximum = 400)]
    #[serde(default, deserialize_with = "present")]
    horizon_days: Option<u32>,
    /// How many minutes a time is held for somebody who is booking it.
    #[schema(nullable = false, minimum = 1, maximum = 120)]
    #[serde(default, deserialize_with = "present")]
    hold_minutes: Option<u32>,
    /// How many minutes a freed time is kept for somebody on the waiting list.
    #[schema(nullable = false, minimum = 5, maximum = 20_160)]
    #[serde(default, deserialize_with = "present")]
    offer_minutes: Option<u32>,
    /// How many times one booking site holds at once, so that none takes all of them.
    #[schema(nullable = false, minimum = 1, maximum = 10_000)]
    #[serde(default, deserialize_with = "present")]
    site_holds: Option<u32>,
    /// Whether a booking says before, during or after illness the person is (HF-4).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    phase_required: Option<bool>,
    /// The consent that a talk with a volunteer needs.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    volunteer_consent: Option<Purpose>,
    /// The consent that any other booking needs.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    other_consent: Option<Purpose>,
}

impl BookingPolicyChange {
    pub(super) fn apply(&self, policy: &mut BookingPolicy) {
        put(&mut policy.horizon_days, &self.horizon_days);
        put(&mut policy.hold_minutes, &self.hold_minutes);
        put(&mut policy.offer_minutes, &self.offer_minutes);
        put(&mut policy.site_holds, &self.site_holds);
        put(&mut policy.phase_required, &self.phase_required);
        put(&mut policy.volunteer_consent, &self.volunteer_consent);
        put(&mut policy.other_consent, &self.other_consent);
    }
}
