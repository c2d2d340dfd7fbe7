//! What matching asks of every volunteer of a programme, remembered in memory.
//!
//! Opening five thousand sealed records takes longer than a match may. So what matching needs of
//! them is kept opened, for each programme, together with the revision of its roster. Every change
//! of a volunteer counts the revision up in the same transaction and notes it on the row: a roster
//! is good while the revision stands still, and after that only the rows that changed are opened.
//! A roster that nobody asks for is forgotten.

use std::sync::Arc;
use std::time::Duration;

use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;

use super::experience::{CodeSystem, ConflictKind, ExperienceKind, ExperienceOf};
use super::model::{IllnessPhase, VolunteerId, VolunteerState, VolunteerSubtype};
use super::rules::Standing;
use super::store::Row;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::crypto::KeyRing;
use crate::platform::db::schema::{volunteer_rosters, volunteers};
use crate::platform::error::{Error, Result};
use crate::platform::text::Name;
use crate::programmes::{Programme, ProgrammeId};

/// How long a roster is remembered that nobody asks for.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// How many programmes' rosters are remembered.
const PROGRAMMES: u64 = 64;

/// One thing that was lived through, as matching compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lived {
    /// What it was.
    pub kind: ExperienceKind,
    /// Where the code comes from.
    pub system: CodeSystem,
    /// The code, in the form of [`plain_code`].
    pub code: String,
    /// Who was ill.
    pub whose: ExperienceOf,
}

/// A conflict of interest, as matching compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Whether it is the volunteer's own place of work.
    pub employment: bool,
    /// The organisation.
    pub organisation: Option<OrganisationId>,
    /// The patient.
    pub patient: Option<PatientId>,
    /// The last day it holds.
    pub until: Option<NaiveDate>,
}

/// What matching asks of one volunteer.
#[derive(Clone, PartialEq, Eq)]
pub struct Supporter {
    /// Who.
    pub id: VolunteerId,
    /// Whether there, and until when.
    pub standing: Standing,
    /// Whom she supports.
    pub subtypes: Vec<VolunteerSubtype>,
    /// In which languages: the first part of the tag, in lower case.
    pub languages: Vec<String>,
    /// About which phases; none: all of them.
    pub phases: Vec<IllnessPhase>,
    /// What was lived through.
    pub lived: Vec<Lived>,
    /// When the latest of it was.
    pub latest: Option<NaiveDate>,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Life situation.
    pub life_situation: Vec<String>,
    /// Conflicts of interest.
    pub bars: Vec<Bar>,
    /// Talks in a week at most.
    pub capacity: u32,
    /// What she is called in public, where there is a public profile.
    pub display_name: Option<Name>,
}

impl std::fmt::Debug for Supporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Supporter({})", self.id)
    }
}

/// A code as it is compared: upper case, no dots and hyphens, so that `I21.4` and `i214` are one.
#[must_use]
pub fn plain_code(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// A language as it is compared: Danish is Danish wherever it is spoken.
#[must_use]
pub fn plain_language(tag: &str) -> String {
    tag.split('-')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

impl Supporter {
    fn of(row: &Row, keys: &KeyRing) -> Result<Self> {
        let person = row.open(keys)?;
        Ok(Self {
            id: row.id,
            standing: row.standing(),
            subtypes: row.subtypes(),
            languages: person
                .languages
                .iter()
                .map(|language| plain_language(language.as_str()))
                .collect(),
            phases: person.phases.clone(),
            latest: person.experience.iter().filter_map(|one| one.on).max(),
            lived: person
                .experience
                .iter()
                .map(|one| Lived {
                    kind: one.kind,
                    system: one.system,
                    code: plain_code(one.code.as_str()),
                    whose: one.whose,
                })
                .collect(),
            birth_year: person.birth_date.map(|born| born.year()),
            life_situation: person
                .life_situation
                .iter()
                .map(|code| code.as_str().to_ascii_lowercase())
                .collect(),
            bars: person
                .all_conflicts()
                .map(|conflict| Bar {
                    employment: conflict.kind == ConflictKind::Employment,
                    organisation: conflict.organisation_id,
                    patient: conflict.patient_id,
                    until: conflict.until,
                })
                .collect(),
            capacity: u32::try_from(row.capacity_per_week).unwrap_or(0),
            display_name: person
                .public_profile
                .filter(|profile| profile.published)
                .map(|profile| profile.display_name),
        })
    }
}

/// Everybody of one programme who has not left, by id, as of a revision.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    revision: i64,
    supporters: Vec<Arc<Supporter>>,
}

impl Roster {
    /// Everybody, by id.
    #[must_use]
    pub fn supporters(&self) -> &[Arc<Supporter>] {
        &self.supporters
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: VolunteerId) -> Option<&Supporter> {
        let place = self
            .supporters
            .binary_search_by(|known| known.id.cmp(&id))
            .ok()?;
        self.supporters.get(place).map(AsRef::as_ref)
    }

    /// With the rows that have changed since.
    fn with(mut self, rows: &[Row], keys: &KeyRing, revision: i64) -> Result<Self> {
        for row in rows {
            let place = self
                .supporters
                .binary_search_by(|known| known.id.cmp(&row.id));
            let left = row.state == VolunteerState::Departed;
            match place {
                Ok(index) if left => drop(self.supporters.remove(index)),
                Ok(index) => {
                    if let Some(known) = self.supporters.get_mut(index) {
                        *known = Arc::new(Supporter::of(row, keys)?);
                    }
                }
                Err(_) if left => {}
                Err(index) => self
                    .supporters
                    .insert(index, Arc::new(Supporter::of(row, keys)?)),
            }
        }
        self.revision = revision;
        Ok(self)
    }
}

/// The rosters that this instance remembers.
#[derive(Clone)]
pub struct Rosters(moka::sync::Cache<ProgrammeId, Arc<Roster>>);

impl std::fmt::Debug for Rosters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rosters")
    }
}

impl Default for Rosters {
    fn default() -> Self {
        Self(
            moka::sync::Cache::builder()
                .max_capacity(PROGRAMMES)
                .time_to_idle(IDLE)
                .build(),
        )
    }
}

/// Whether a roster that was read may be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    /// It is what has been committed: from a reading operation.
    Yes,
    /// It may hold what is not committed yet: from a writing operation.
    No,
}

/// What matching asks of one volunteer of the actor's controller, for a decision about a talk with
/// this one: whoever asks, since what stands against it is not told.
pub fn supporter(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Supporter> {
    let row: Option<Row> = volunteers::table
        .find(id)
        .filter(volunteers::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    Supporter::of(&row.ok_or_else(Error::not_found)?, cx.keys)
}

/// Everybody of a programme that the actor may see, as of this transaction.
pub fn roster(cx: &mut Cx<'_>, programme: &Programme, remember: Remember) -> Result<Arc<Roster>> {
    let id = programme.id;
    // First, so that rows read after it are as new as it says or newer.
    let revision: i64 = volunteer_rosters::table
        .find(id)
        .select(volunteer_rosters::revision)
        .first(cx.conn())
        .optional()?
        .unwrap_or(0);
    let known = cx.rosters.0.get(&id);
    if let Some(known) = &known
        && known.revision == revision
    {
        return Ok(Arc::clone(known));
    }
    // A standby may be behind what is remembered: then everything is read anew, for this once.
    let behind = known
        .as_ref()
        .is_some_and(|known| known.revision > revision);
    let base = match known {
        Some(known) if !behind => Roster::clone(&known),
        _ => Roster::default(),
    };
    let rows: Vec<Row> = volunteers::table
        .filter(volunteers::programme_id.eq(id))
        .filter(volunteers::controller_id.eq(cx.scope().controller))
        .filter(volunteers::revision.gt(base.revision))
        .order(volunteers::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    let roster = Arc::new(base.with(&rows, cx.keys, revision)?);
    if remember == Remember::Yes && !behind {
        cx.rosters.0.insert(id, Arc::clone(&roster));
    }
    Ok(roster)
}
