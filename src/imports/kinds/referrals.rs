//! A row is a referral, as `POST /referrals` takes one: the patient found or made, the consent
//! first (APS-3), the criteria, and the clock from the day of receipt that it gives (APS-4). What
//! becomes of a referral afterwards is decided step by step: a row never changes one.

use serde_json::Value;

use super::reference::{OwnIds, patient_keys};
use super::{Done, Keys, Row, both, bound, external_key, named};
use crate::imports::model::ImportMode;
use crate::patients::{self, PatientId, Recognised};
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::external_ids::RecordKind;
use crate::referrals::{self, NewReferral, ReferralId};

const FIXED: &str = "speaks of a referral that is registered already and says something else of it: what becomes of a referral is decided step by step";

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
        let done = match known {
            Some(known) => {
                let known = referrals::find(cx, known).map_err(|error| error.referred("/id"))?;
                let new = &self.new;
                let same = known.programme_id == new.programme_id
                    && known.channel == new.channel
                    && known.sent_at == new.sent_at;
                if same && self.patients(cx)?.contains(&known.patient_id) {
                    Done::Unchanged(known.id.uuid())
                } else {
                    Done::fixed(known.id.uuid(), FIXED)
                }
            }
            None => match self.find_sent(cx)? {
                Some(same) => Done::Unchanged(same.uuid()),
                None => Done::Created(referrals::register(cx, &self.new)?.id.uuid()),
            },
        };
        let external = self.ids.external_id.as_ref();
        bound(cx, RecordKind::Referral, external, done)
    }
}

impl ReferralRow {
    /// The patients that the row may speak of, of those who are known.
    fn patients(&self, cx: &mut Cx<'_>) -> Result<Vec<PatientId>> {
        if let Some(id) = self.new.patient_id {
            let patient = patients::find(cx, id).map_err(|error| error.referred("/patientId"))?;
            return Ok(vec![patient.id]);
        }
        let Some(new) = &self.new.patient else {
            return Ok(Vec::new());
        };
        let found = patients::recognise(cx, None, new).map_err(|error| error.below("/patient"))?;
        Ok(match found {
            Recognised::One(patient) => vec![patient.id],
            Recognised::Perhaps(patients) => patients.iter().map(|patient| patient.id).collect(),
            Recognised::Nobody => Vec::new(),
        })
    }

    /// The same referral, registered before: one patient, one programme, one way, one moment.
    fn find_sent(&self, cx: &mut Cx<'_>) -> Result<Option<ReferralId>> {
        for patient in self.patients(cx)? {
            let new = &self.new;
            let found =
                referrals::find_sent(cx, patient, new.programme_id, new.channel, new.sent_at)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}
