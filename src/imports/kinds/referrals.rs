//! A row is a referral, as `POST /referrals` takes one: the patient found or made, the consent
//! first (APS-3), the criteria, and the clock from the day of receipt that it gives (APS-4). What
//! becomes of a referral afterwards is decided step by step: a row never changes one.

use serde_json::Value;

use super::reference::{OwnIds, patient_keys};
use super::{Done, Keys, Row, both, bound, external_key, named};
use crate::imports::model::ImportMode;
use crate::patients::{self, Patient, Recognised};
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::external_ids::RecordKind;
use crate::referrals::{self, NewReferral, Referral, ReferralId};

const FIXED: &str = "speaks of a referral that is registered already and says something else of it: what becomes of a referral is decided step by step";
const PERHAPS: &str = "may be of the same person as the candidates, who have the full name, a telephone and the municipality: send `patientId` of the one who is meant, or `patient.allowDuplicate` for somebody else";

struct ReferralRow {
    ids: OwnIds,
    new: NewReferral,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let (ids, new) = both(app, value, &["id", "externalId"])?;
    Ok(Box::new(ReferralRow { ids, new }))
}

impl Row for ReferralRow {
    fn keys(&self) -> Keys {
        let mut makes: Vec<String> = self
            .new
            .patient
            .as_ref()
            .map(patient_keys)
            .unwrap_or_default();
        makes.extend(self.new.patient_id.map(|id| format!("patient id {id}")));
        let external = self.ids.external_id.as_ref();
        makes.extend(external.map(|external| external_key("referral", external)));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, _: ImportMode) -> Result<Done> {
        let known: Option<ReferralId> = named(cx, RecordKind::Referral, &self.ids)?;
        let whose = self.whose(cx)?;
        let done = match known {
            Some(known) => {
                let known = referrals::find(cx, known).map_err(|error| error.referred("/id"))?;
                let of = whose.all().iter().find(|one| one.id == known.patient_id);
                match of {
                    Some(patient) if self.says_all(cx, &known, patient)? => {
                        Done::Unchanged(known.id.uuid())
                    }
                    _ => Done::fixed(known.id.uuid(), FIXED),
                }
            }
            None => self.write(cx, &whose)?,
        };
        let external = self.ids.external_id.as_ref();
        bound(cx, RecordKind::Referral, external, done)
    }
}

/// Whom a row speaks of.
enum Whose {
    /// Somebody who is named by id or number.
    One(Box<Patient>),
    /// Those with the full name, a telephone and the municipality.
    Perhaps(Vec<Patient>),
    /// Somebody new.
    Nobody,
}

impl Whose {
    fn all(&self) -> &[Patient] {
        match self {
            Self::One(patient) => std::slice::from_ref(patient.as_ref()),
            Self::Perhaps(patients) => patients,
            Self::Nobody => &[],
        }
    }
}

impl ReferralRow {
    /// Registers the referral, unless it is registered: one patient, one programme, one way, one
    /// moment.
    fn write(&self, cx: &mut Cx<'_>, whose: &Whose) -> Result<Done> {
        let new = &self.new;
        let mut other = None;
        // A namesake does not have the id that the row has, or it would have been found by it: what
        // was registered for one is not what the row says of somebody else.
        let is_told_apart = matches!(whose, Whose::Perhaps(_))
            && new
                .patient
                .as_ref()
                .is_some_and(|new| new.external_id.is_some());
        let sent_for = if is_told_apart { &[] } else { whose.all() };
        for patient in sent_for {
            let sent =
                referrals::find_sent(cx, patient.id, new.programme_id, new.channel, new.sent_at)?;
            for id in sent {
                let known = referrals::find(cx, id)?;
                if self.says_all(cx, &known, patient)? {
                    return Ok(Done::Unchanged(id.uuid()));
                }
                other = other.or(Some(id));
            }
        }
        if let Some(other) = other {
            return Ok(Done::fixed(other.uuid(), FIXED));
        }
        // The API takes a known patient's referral by name, telephone and municipality (ID-4), since
        // somebody looks at the answer. Of a thousand rows nobody does.
        if let Whose::Perhaps(patients) = whose
            && !new.patient.as_ref().is_some_and(|new| new.allow_duplicate)
        {
            let candidates = patients.iter().map(|patient| patient.id.uuid()).collect();
            return Ok(Done::perhaps(candidates, PERHAPS));
        }
        Ok(Done::Created(referrals::register(cx, new)?.id.uuid()))
    }

    fn says_all(&self, cx: &mut Cx<'_>, known: &Referral, patient: &Patient) -> Result<bool> {
        let masked = patients::is_masked(patient, cx.scope());
        referrals::says_all(cx, known, &self.new, masked)
    }

    fn whose(&self, cx: &mut Cx<'_>) -> Result<Whose> {
        if let Some(id) = self.new.patient_id {
            let patient = patients::find(cx, id).map_err(|error| error.referred("/patientId"))?;
            return Ok(Whose::One(Box::new(patient)));
        }
        let Some(new) = &self.new.patient else {
            return Ok(Whose::Nobody);
        };
        let found = patients::recognise(cx, None, new).map_err(|error| error.below("/patient"))?;
        Ok(match found {
            Recognised::One(patient) => Whose::One(patient),
            Recognised::Perhaps(patients) => Whose::Perhaps(patients),
            Recognised::Nobody(_) => Whose::Nobody,
        })
    }
}
