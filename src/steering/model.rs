//! What a steering group and its seats are.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::rules;
use crate::calendar::Country;
use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Name, Prose};
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;

/// The id of a steering group.
pub type SteeringGroupId = Id<SteeringGroup>;

/// The id of a seat held by a person.
pub type SteeringMemberId = Id<SteeringMember>;

closed_enum! {
    /// What a member does in the group: chair (formand), member (medlem), secretary (sekretær).
    pub enum MemberRole {
        /// Chair: one at a time.
        Chair = "chair",
        /// Member.
        Member = "member",
        /// Secretary: one at a time.
        Secretary = "secretary",
    }
}

closed_enum! {
    /// Which part of the health services a seat speaks for: municipality (kommune), psychiatry
    /// (psykiatri), generalPractice (almen praksis), hospital (sygehus), specialisedSector
    /// (specialiseret sektor), region (region), other (andet).
    pub enum Sector {
        /// Municipality.
        Municipality = "municipality",
        /// Psychiatry.
        Psychiatry = "psychiatry",
        /// General practice.
        GeneralPractice = "generalPractice",
        /// Hospital.
        Hospital = "hospital",
        /// The specialised sector.
        SpecialisedSector = "specialisedSector",
        /// Region.
        Region = "region",
        /// Any other: an association, a university.
        Other = "other",
    }
}

/// What a steering group has decided for itself (CPS-6). The preset is that of the Center for
/// Patientstøtte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({
    "country": "DK", "timeZone": "Europe/Copenhagen", "agendaDays": 7, "minutesDays": 7,
    "remarkDays": 7, "revisionDays": 7, "ordinaryMeetings": 4, "extendedMeetings": 1,
    "publishesMinutes": true
}))]
pub struct GroupPolicy {
    /// Whose public holidays the year plan is checked against.
    pub country: Country,
    /// IANA time zone in which the group's days begin and end.
    #[schema(
        example = "Europe/Copenhagen",
        max_length = 64,
        pattern = "^[A-Za-z_]+(/[A-Za-z_]+)*$"
    )]
    pub time_zone: String,
    /// How many calendar days before a meeting its agenda is sent at the latest.
    #[schema(minimum = 0, maximum = 60)]
    pub agenda_days: u32,
    /// How many calendar days after a meeting its minutes are sent at the latest.
    #[schema(minimum = 0, maximum = 60)]
    pub minutes_days: u32,
    /// For how many calendar days after the minutes were sent remarks count.
    #[schema(minimum = 0, maximum = 60)]
    pub remark_days: u32,
    /// How many calendar days after that the secretariat has revised the minutes at the latest,
    /// where there were remarks.
    #[schema(minimum = 0, maximum = 60)]
    pub revision_days: u32,
    /// How many meetings a year are held at least, the longer ones among them.
    #[schema(minimum = 0, maximum = 52)]
    pub ordinary_meetings: u32,
    /// How many of them are longer.
    #[schema(minimum = 0, maximum = 52)]
    pub extended_meetings: u32,
    /// Whether approved minutes are public, with what is confidential left out.
    pub publishes_minutes: bool,
}

impl Default for GroupPolicy {
    fn default() -> Self {
        Self {
            country: Country::Denmark,
            time_zone: "Europe/Copenhagen".to_owned(),
            agenda_days: 7,
            minutes_days: 7,
            remark_days: 7,
            revision_days: 7,
            ordinary_meetings: 4,
            extended_meetings: 1,
            publishes_minutes: true,
        }
    }
}

impl GroupPolicy {
    /// The time zone in which days begin and end.
    pub fn zone(&self) -> Result<Tz> {
        self.time_zone
            .parse()
            .map_err(|_| Error::internal("stored time zone is unknown"))
    }
}

/// A steering group (styregruppe).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "controllerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "name": "Styregruppen for Center for Patientstøtte",
    "purpose": "Styrer centrets opgaver på tværs af sektorer.", "startsOn": "2026-01-01",
    "policy": {"country": "DK", "timeZone": "Europe/Copenhagen", "agendaDays": 7, "minutesDays": 7,
        "remarkDays": 7, "revisionDays": 7, "ordinaryMeetings": 4, "extendedMeetings": 1, "publishesMinutes": true},
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct SteeringGroup {
    /// Its id.
    pub id: SteeringGroupId,
    /// The data controller.
    pub controller_id: OrganisationId,
    /// The organisation whose group it is.
    pub organisation_id: OrganisationId,
    /// The programme it governs, where it governs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// What it is called.
    pub name: Name,
    /// What it is for (kommissorium).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub purpose: Option<Prose>,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_on: Option<NaiveDate>,
    /// What it has decided for itself.
    pub policy: GroupPolicy,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A seat of a steering group, held by a person for a period (CPS-5).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "name": "Karen Prøve", "title": "Sundhedschef", "organisationName": "Prøve Kommune",
    "seat": "Kommunerne", "role": "chair", "sector": "municipality", "fromOn": "2026-01-01",
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct SteeringMember {
    /// Its id.
    pub id: SteeringMemberId,
    /// The group.
    pub steering_group_id: SteeringGroupId,
    /// What the person is called.
    pub name: Name,
    /// The title, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<Name>,
    /// The e-mail address that agenda and minutes are sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<Name>,
    /// What the person's organisation is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_name: Option<Name>,
    /// The organisation, where it is one of yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// The seat, for people: "Kommunerne i Vendsyssel".
    pub seat: Name,
    /// What the person does in the group.
    pub role: MemberRole,
    /// Which part of the health services the seat speaks for.
    pub sector: Sector,
    /// The staff member who signs in as this person, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub staff_id: Option<StaffId>,
    /// The first day on the seat.
    pub from_on: NaiveDate,
    /// The last day on the seat, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until_on: Option<NaiveDate>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl SteeringMember {
    /// Whether the seat is held on this day.
    #[must_use]
    pub fn sits_on(&self, day: NaiveDate) -> bool {
        rules::holds(self.from_on, self.until_on, day)
    }
}
