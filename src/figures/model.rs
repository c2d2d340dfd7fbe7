//! What activity figures are.

use serde::Serialize;
use utoipa::ToSchema;

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::text::Name;
use crate::programmes::ProgrammeId;
use crate::volunteers::{IllnessPhase, VolunteerSubtype};
use crate::wards::Met;

closed_enum! {
    /// What is counted: wardTalks (afsnitssamtaler / avdelningssamtal), wardShifts (vagter / pass
    /// that somebody walked), shiftTurns (one volunteer on one shift), telephoneTalks
    /// (telefonsamtaler that were booked and held).
    pub enum Measure {
        /// Talks on wards.
        WardTalks = "wardTalks",
        /// Shifts that somebody walked.
        WardShifts = "wardShifts",
        /// Volunteers on shifts: a pair on one shift is two.
        ShiftTurns = "shiftTurns",
        /// Telephone talks that were booked and held.
        TelephoneTalks = "telephoneTalks",
    }
}

impl Measure {
    /// By what it can be grouped.
    #[must_use]
    pub const fn dimensions(self) -> &'static [Dimension] {
        use Dimension::{Met, Month, Phase, Subtype, Ward};
        match self {
            Self::WardTalks => &[Ward, Month, Subtype, Met, Phase],
            Self::WardShifts => &[Ward, Month],
            Self::ShiftTurns => &[Ward, Month, Subtype],
            Self::TelephoneTalks => &[Month, Subtype, Met, Phase],
        }
    }

    /// Whether it counts people who were met, not only volunteers at work.
    #[must_use]
    pub const fn counts_talks(self) -> bool {
        matches!(self, Self::WardTalks | Self::TelephoneTalks)
    }
}

closed_enum! {
    /// By what figures are grouped: ward (afsnit / avdelning), month (måned / månad), subtype (who
    /// supported), met (who was met), phase (fase / fas).
    pub enum Dimension {
        /// The ward.
        Ward = "ward",
        /// The month.
        Month = "month",
        /// The kind of supporter.
        Subtype = "subtype",
        /// Who was met.
        Met = "met",
        /// The phase of the illness.
        Phase = "phase",
    }
}

closed_enum! {
    /// The kind of supporter in figures: patientSupporter (patientstøtte), relativeSupporter
    /// (pårørendestøtte), parentSupporter (forældrestøtte), notStated (ikke oplyst).
    pub enum FigureSubtype {
        /// Supports patients.
        PatientSupporter = "patientSupporter",
        /// Supports relatives.
        RelativeSupporter = "relativeSupporter",
        /// Supports parents.
        ParentSupporter = "parentSupporter",
        /// It is not known, or the supporter is no volunteer.
        NotStated = "notStated",
    }
}

closed_enum! {
    /// Who was met, in figures: patient (patient), relative (pårørende / närstående), notStated
    /// (ikke oplyst).
    pub enum FigureMet {
        /// A patient.
        Patient = "patient",
        /// A relative.
        Relative = "relative",
        /// It is not known.
        NotStated = "notStated",
    }
}

closed_enum! {
    /// The phase of the illness in figures: before (før / före), during (under), after (efter),
    /// notStated (ikke oplyst).
    pub enum FigurePhase {
        /// Before it.
        Before = "before",
        /// During it.
        During = "during",
        /// After it.
        After = "after",
        /// It is not known.
        NotStated = "notStated",
    }
}

impl From<Option<VolunteerSubtype>> for FigureSubtype {
    fn from(subtype: Option<VolunteerSubtype>) -> Self {
        match subtype {
            Some(VolunteerSubtype::PatientSupporter) => Self::PatientSupporter,
            Some(VolunteerSubtype::RelativeSupporter) => Self::RelativeSupporter,
            Some(VolunteerSubtype::ParentSupporter) => Self::ParentSupporter,
            None => Self::NotStated,
        }
    }
}

impl From<Option<Met>> for FigureMet {
    fn from(met: Option<Met>) -> Self {
        match met {
            Some(Met::Patient) => Self::Patient,
            Some(Met::Relative) => Self::Relative,
            None => Self::NotStated,
        }
    }
}

impl From<Option<IllnessPhase>> for FigurePhase {
    fn from(phase: Option<IllnessPhase>) -> Self {
        match phase {
            Some(IllnessPhase::Before) => Self::Before,
            Some(IllnessPhase::During) => Self::During,
            Some(IllnessPhase::After) => Self::After,
            None => Self::NotStated,
        }
    }
}

/// One figure. A field by which it is not grouped is absent: the figure is the total over it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"measure": "wardTalks", "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "wardName": "Kardiologisk afdeling", "month": "2026-03", "suppressed": false, "count": 42, "minutes": 610}))]
pub struct ActivityFigure {
    /// What is counted.
    #[schema(value_type = Measure)]
    pub measure: Option<Measure>,
    /// The ward.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ward_id: Option<OrganisationId>,
    /// What the ward is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ward_name: Option<Name>,
    /// The month, `2026-03`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: Option<String>,
    /// The kind of supporter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subtype: Option<FigureSubtype>,
    /// Who was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub met: Option<FigureMet>,
    /// The phase of the illness.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phase: Option<FigurePhase>,
    /// Whether the count is not shown: it is smaller than the programme shows, or a smaller one
    /// could be computed from it. It may be nothing, too.
    pub suppressed: bool,
    /// How many; absent where it is suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub count: Option<u64>,
    /// How many minutes together; absent where it is suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub minutes: Option<u64>,
}

/// The figures of a programme in one year. What is not in `items` is nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "year": 2026, "months": ["2026-01", "2026-02", "2026-03"],
    "groupBy": ["ward"], "smallestCell": 5, "smallestShiftCell": 1,
    "items": [
        {"measure": "wardTalks", "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "wardName": "Kardiologisk afdeling", "suppressed": false, "count": 42, "minutes": 610},
        {"measure": "wardTalks", "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73", "wardName": "Børneafdelingen", "suppressed": true}
    ]
}))]
pub struct ActivityFigures {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The year.
    pub year: i32,
    /// The months that are settled (seven days after they are over), and counted.
    pub months: Vec<String>,
    /// By what they are grouped.
    pub group_by: Vec<Dimension>,
    /// The smallest count of talks that the programme shows.
    pub smallest_cell: u32,
    /// The smallest count of shifts and turns that the programme shows.
    pub smallest_shift_cell: u32,
    /// The figures that are something or suppressed.
    pub items: Vec<ActivityFigure>,
}
