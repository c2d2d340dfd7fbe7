//! What a programme is: a support offer, and the policy that makes it what it is. Everything a
//! programme may decide for itself is here; nothing of it is a constant in code.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::booking::BookingPolicy;
use super::figures::FiguresPolicy;
use super::peer_support::{MatchingPolicy, OnboardingPolicy};
use crate::calendar::{ClosedDay, Country, WorkingCalendar};
use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Code, Line, Name};

/// The id of a programme.
pub type ProgrammeId = Id<Programme>;

/// A support offer (indsats) that an organisation runs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// The organisation that runs it.
    pub organisation_id: OrganisationId,
    /// The data controller.
    pub controller_id: OrganisationId,
    /// Its short code, unique within the controller.
    pub code: Code,
    /// Its name.
    pub name: Name,
    /// Whether it takes new referrals and enquiries.
    pub active: bool,
    /// What it has decided for itself.
    pub policy: Policy,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A programme to be made: with a `preset` or with a `policy` of its own, exactly one of the two.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "preset": "APS"}))]
pub struct NewProgramme {
    /// The organisation that runs it.
    pub organisation_id: OrganisationId,
    /// Its short code, unique within the controller; the preset's where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub code: Option<Code>,
    /// Its name; the preset's where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Whether it takes new referrals and enquiries; true where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub active: Option<bool>,
    /// What it has decided for itself.
    #[serde(default)]
    #[schema(nullable = false)]
    pub policy: Option<Policy>,
    /// The code of a shipped preset (`GET /programme-presets`) whose policy it begins with.
    #[serde(default)]
    #[schema(nullable = false)]
    pub preset: Option<Code>,
}

impl NewProgramme {
    /// A programme of a shipped preset, with the preset's code and name.
    #[must_use]
    pub fn of_preset(organisation_id: OrganisationId, preset: &str) -> Self {
        Self {
            organisation_id,
            code: None,
            name: None,
            active: None,
            policy: None,
            preset: Some(preset.into()),
        }
    }
}

/// What a programme has decided for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "calendar": {"country": "DK", "timeZone": "Europe/Copenhagen", "closedDays": [{"name": "Juleaftensdag", "monthDay": "12-24"}]},
    "criteria": {"minimumAge": 18, "questions": [{"code": "chronicDisease", "question": "Har borgeren mindst én kronisk sygdom?", "weight": "required"}]},
    "channels": [{"channel": "hospital", "route": "Sundhedsplatformen → VIS 99V", "mustStateProgramme": true, "acceptedNames": [], "required": []}],
    "consents": [{"purpose": "referral", "forms": ["oral"]}, {"purpose": "informationSharing", "forms": ["written"], "expiresAfterMonths": 12}],
    "firstCall": {"workingDays": 8, "pauseWhileAwaitingSupplement": true},
    "course": {"typicalMonthsFrom": 6, "typicalMonthsTo": 9},
    "topics": [{"code": "loneliness", "name": "Ensomhed"}],
    "enquiries": {"workingDays": 3},
    "contact": {"telephoneHours": ["Mon–Fri 09:00–15:00"], "safeMail": "Digital Post"}
}))]
pub struct Policy {
    /// Working days, closed days, time zone.
    pub calendar: CalendarPolicy,
    /// Whom the programme is for (APS-1).
    pub criteria: CriteriaPolicy,
    /// How referrals reach it and what each way requires (APS-2).
    #[schema(max_items = 5)]
    pub channels: Vec<ChannelPolicy>,
    /// Which forms of consent each purpose accepts.
    #[schema(max_items = 7)]
    pub consents: Vec<ConsentPolicy>,
    /// How soon a patient is called (APS-4).
    pub first_call: FirstCallPolicy,
    /// How long a course typically is (APS-6).
    pub course: CoursePolicy,
    /// What talks are about (APS-7).
    #[schema(max_items = 50)]
    pub topics: Vec<Topic>,
    /// How soon enquiries are answered (APS-10).
    pub enquiries: EnquiryPolicy,
    /// How the programme is reached.
    pub contact: ContactPolicy,
    /// How its times are booked (HF-6, HAL-2).
    #[serde(default)]
    pub booking: BookingPolicy,
    /// The steps on the way to being an active volunteer (HF-2).
    #[serde(default)]
    pub onboarding: OnboardingPolicy,
    /// What counts when somebody is matched with a volunteer (HF-5).
    #[serde(default)]
    pub matching: MatchingPolicy,
    /// The smallest counts that activity figures show (HF-7).
    #[serde(default)]
    pub figures: FiguresPolicy,
}

/// Working days, closed days, time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarPolicy {
    /// Whose public holidays count.
    pub country: Country,
    /// IANA time zone in which days begin and end.
    #[schema(
        example = "Europe/Copenhagen",
        max_length = 64,
        pattern = "^[A-Za-z_]+(/[A-Za-z_]+)*$"
    )]
    pub time_zone: String,
    /// Days on which the programme is closed although others work.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub closed_days: Vec<ClosedDay>,
}

/// Whom the programme is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CriteriaPolicy {
    /// The youngest age in whole years on the day the referral is received, if there is one.
    #[schema(minimum = 0, maximum = 120, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<u32>,
    /// Questions answered yes, no or unknown.
    #[schema(max_items = 50)]
    pub questions: Vec<Criterion>,
}

/// A question that decides whether the programme is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Criterion {
    /// Its code in referrals.
    pub code: Code,
    /// The question in the programme's language.
    pub question: Line,
    /// `required`: a no makes the patient not eligible. `indication`: at least one yes among the
    /// indications is needed.
    pub weight: CriterionWeight,
}

closed_enum! {
    /// What an answer means: `required` (krav), `indication` (indikation).
    pub enum CriterionWeight {
        /// A no makes the patient not eligible.
        Required = "required",
        /// At least one yes among these is needed.
        Indication = "indication",
    }
}

closed_enum! {
    /// How a referral arrives: hospital (sygehus), generalPractice (almen praksis), municipality
    /// (kommune), selfReferral (egen henvendelse), internal (fra en anden indsats).
    pub enum Channel {
        /// From the hospital's record system.
        Hospital = "hospital",
        /// From general practice, through the referral unit.
        GeneralPractice = "generalPractice",
        /// A message from a municipality.
        Municipality = "municipality",
        /// The patient or a relative asks.
        SelfReferral = "selfReferral",
        /// Forwarded by another programme of the same controller.
        Internal = "internal",
    }
}

closed_enum! {
    /// Something a channel must bring: identifier (CPR, personnummer), fullName (fulde navn),
    /// telephone (telefonnummer), municipality (bopælskommune).
    pub enum RequiredItem {
        /// An identity number.
        Identifier = "identifier",
        /// Given and family name.
        FullName = "fullName",
        /// A telephone number.
        Telephone = "telephone",
        /// The municipality of residence.
        Municipality = "municipality",
    }
}

/// What one channel requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelPolicy {
    /// The channel.
    pub channel: Channel,
    /// Where it goes in, for people: "Sundhedsplatformen → VIS 99V".
    pub route: Line,
    /// Whether the referral must state the programme's name (APS-2).
    pub must_state_programme: bool,
    /// Names that are accepted besides the programme's own.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub accepted_names: Vec<Name>,
    /// What the referral must bring.
    #[schema(max_items = 4)]
    pub required: Vec<RequiredItem>,
}

closed_enum! {
    /// What a consent is for: referral (henvisning), participation (deltagelse),
    /// informationSharing (deling af oplysninger), volunteerContact (kontakt med frivillig),
    /// recording (optagelse), quotation (citat), qualityData (kvalitetsdata).
    pub enum Purpose {
        /// Being referred.
        Referral = "referral",
        /// Taking part.
        Participation = "participation",
        /// Sharing information across sectors.
        InformationSharing = "informationSharing",
        /// Contact with a volunteer.
        VolunteerContact = "volunteerContact",
        /// Recording a talk.
        Recording = "recording",
        /// Being quoted.
        Quotation = "quotation",
        /// Use of data for quality work.
        QualityData = "qualityData",
    }
}

closed_enum! {
    /// How a consent was given: oral (mundtligt), written (skriftligt), digital (digitalt).
    pub enum ConsentForm {
        /// By word of mouth.
        Oral = "oral",
        /// On paper.
        Written = "written",
        /// Electronically.
        Digital = "digital",
    }
}

/// Which forms a purpose accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentPolicy {
    /// The purpose.
    pub purpose: Purpose,
    /// The forms it accepts.
    #[schema(min_items = 1, max_items = 3)]
    pub forms: Vec<ConsentForm>,
    /// Months until the consent ends by itself, where the law or the programme sets an end.
    #[schema(minimum = 1, maximum = 120, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_after_months: Option<u32>,
}

/// How soon a patient is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FirstCallPolicy {
    /// Working days from receipt.
    #[schema(minimum = 1, maximum = 100)]
    pub working_days: u32,
    /// Whether the clock stands still while a supplement is awaited.
    pub pause_while_awaiting_supplement: bool,
    /// How many days before the end of the last day the event `referral.firstCallDueSoon` comes.
    #[serde(default = "two_days")]
    #[schema(minimum = 1, maximum = 14, default = 2)]
    pub due_soon_days: u32,
}

/// The longest notice of a deadline, in days: no deadline further away is looked at.
pub const MAX_DUE_SOON_DAYS: u32 = 14;

fn two_days() -> u32 {
    2
}

/// How long a course typically is. Shorter and longer ones are allowed, and flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoursePolicy {
    /// Months from opening; a course closed earlier is flagged as short.
    #[schema(minimum = 0, maximum = 120)]
    pub typical_months_from: u32,
    /// Months from opening; a course that runs longer is flagged as long.
    #[schema(minimum = 1, maximum = 240)]
    pub typical_months_to: u32,
}

/// Something that talks are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Topic {
    /// Its code in call sessions.
    pub code: Code,
    /// Its name in the programme's language.
    pub name: Name,
}

/// How soon enquiries are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnquiryPolicy {
    /// Working days from receipt.
    #[schema(minimum = 1, maximum = 100)]
    pub working_days: u32,
}

/// How the programme is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactPolicy {
    /// Telephone number of the programme, for people.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telephone: Option<Line>,
    /// When the telephone is answered, one line for each span: "Mon–Fri 09:00–15:00".
    #[serde(default)]
    #[schema(max_items = 20)]
    pub telephone_hours: Vec<Line>,
    /// The safe way for messages with health data (APS-11), never e-mail.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_mail: Option<Line>,
    /// The programme's page.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web: Option<Line>,
}

impl Policy {
    /// The calendar that deadlines are counted in.
    pub fn working_calendar(&self) -> Result<WorkingCalendar> {
        WorkingCalendar::new(self.calendar.country, self.calendar.closed_days.clone())
            .map_err(|error| Error::internal(format_args!("stored calendar: {}", error.code())))
    }

    /// The time zone in which days begin and end.
    pub fn time_zone(&self) -> Result<Tz> {
        self.calendar
            .time_zone
            .parse()
            .map_err(|_| Error::internal("stored time zone is unknown"))
    }

    /// What a channel requires, if the programme has that channel.
    #[must_use]
    pub fn channel(&self, channel: Channel) -> Option<&ChannelPolicy> {
        self.channels.iter().find(|known| known.channel == channel)
    }

    /// The rule for a purpose, if the programme has one.
    #[must_use]
    pub fn consent(&self, purpose: Purpose) -> Option<&ConsentPolicy> {
        self.consents.iter().find(|known| known.purpose == purpose)
    }
}
