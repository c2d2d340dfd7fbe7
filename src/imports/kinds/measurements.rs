//! A row is a measurement of an indicator, as `POST /measurements` takes one (HA-2). What it is of,
//! indicator, area and period, says which one it is.

use serde_json::Value;

use super::reference::OwnIds;
use super::{Done, Keys, Row, both, bound, external_key, named};
use crate::agreements::{
    self, Measurement, MeasurementChange, MeasurementId, NewMeasurement, Period,
};
use crate::imports::model::ImportMode;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::external_ids::RecordKind;

struct MeasurementRow {
    ids: OwnIds,
    new: NewMeasurement,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let (ids, new) = both(app, value, &["id", "externalId"])?;
    Ok(Box::new(MeasurementRow { ids, new }))
}

impl Row for MeasurementRow {
    fn keys(&self) -> Keys {
        // Of one indicator, whatever the area and period: periods must not overlap.
        let mut makes = vec![format!(
            "measurement {} {}",
            self.new.indicator_id, self.new.period_from
        )];
        let external = self.ids.external_id.as_ref();
        makes.extend(external.map(|external| external_key("measurement", external)));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let done = self.write(cx, mode)?;
        let external = self.ids.external_id.as_ref();
        bound(cx, RecordKind::Measurement, external, done)
    }
}

impl MeasurementRow {
    fn write(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let new = &self.new;
        let area = agreements::area_of(cx, new)?;
        let period = Period {
            from: new.period_from,
            to: new.period_to,
        };
        let id: Option<MeasurementId> = named(cx, RecordKind::Measurement, &self.ids)?;
        let known = match id {
            Some(id) => {
                Some(agreements::find_measurement(cx, id).map_err(|error| error.referred("/id"))?)
            }
            None => agreements::overlapping_measurement(cx, new.indicator_id, &area, period)?
                .filter(|known| known.period() == period),
        };
        let Some(known) = known else {
            let made = agreements::record_measurement(cx, new)?;
            return Ok(Done::Created(made.id.uuid()));
        };
        let id = known.id.uuid();
        let same_subject = known.indicator_id == new.indicator_id
            && known.area == area
            && known.period() == period;
        if !same_subject {
            return Ok(Done::fixed(
                id,
                "speaks of a measurement of another indicator, area or period: these do not change",
            ));
        }
        let Some(change) = difference(&known, new) else {
            return Ok(Done::Unchanged(id));
        };
        if mode == ImportMode::Insert {
            return Ok(Done::there(id));
        }
        agreements::correct_measurement(cx, known.id, &change)?;
        Ok(Done::Updated(id))
    }
}

fn difference(known: &Measurement, new: &NewMeasurement) -> Option<MeasurementChange> {
    let same_figure = match new.value {
        Some(value) => known.numerator.is_none() && known.value == value,
        None => known.numerator == new.numerator && known.denominator == new.denominator,
    };
    let mut change = MeasurementChange::default();
    if !same_figure {
        change.numerator = new.numerator;
        change.denominator = new.denominator;
        change.value = new.value;
    }
    let same_note = new.note.is_none() || new.note == known.note;
    if !same_note {
        change.note = Some(new.note.clone());
    }
    (!same_figure || !same_note).then_some(change)
}
