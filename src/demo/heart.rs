//! Hjerteforeningen in the demo: volunteers in every stage of the onboarding (HF-2).

use serde_json::{Value, json};

use super::peers::{self, Pair};
use super::{Loader, credentials, from};
use crate::organisations::OrganisationId;
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::volunteers::{self, VolunteerId};

/// How far a volunteer of the demo has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Candidate,
    Trained,
    Active,
}

/// The association's home in the demo.
pub(super) struct Association {
    pub root: OrganisationId,
    pub programme: ProgrammeId,
    pub ward: OrganisationId,
}

/// Volunteers in every stage.
fn volunteers_of(loader: &Loader, home: &Association) -> Result<Pair> {
    let first = person(
        loader,
        home,
        "Birgit",
        300,
        &json!({
            "birthDate": "1961-07-07", "subtypes": ["patientSupporter"], "phases": ["during", "after"],
            "languages": ["da", "en"], "capacityPerWeek": 3,
            "experience": [
                {"kind": "diagnosis", "system": "sks", "code": "DI35", "on": "2021-11-01", "whose": "own"},
                {"kind": "procedure", "system": "sks", "code": "KFMD", "on": "2022-03-01", "whose": "own"}],
            "lifeSituation": ["retired"],
            "publicProfile": {"published": true, "displayName": "Birgit",
                "presentation": "Jeg fik en ny hjerteklap og kender ventetiden.",
                "shows": ["subtypes", "languages", "phases"]},
        }),
    )?;
    bring_to(loader, home, first, Stage::Active, 300, None)?;
    let second = person(
        loader,
        home,
        "Poul",
        250,
        &json!({
            "birthDate": "1955-02-11", "subtypes": ["relativeSupporter"], "languages": ["da"], "capacityPerWeek": 2,
            "experience": [{"kind": "diagnosis", "system": "sks", "code": "DI21", "on": "2019-06-01", "whose": "relative"}],
            "publicProfile": {"published": true, "displayName": "Poul", "shows": ["subtypes"]},
        }),
    )?;
    bring_to(loader, home, second, Stage::Active, 250, Some(first))?;
    let third = person(
        loader,
        home,
        "Zahra",
        240,
        &json!({
            "birthDate": "1984-09-30", "subtypes": ["parentSupporter", "patientSupporter"], "languages": ["da", "ar"],
            "capacityPerWeek": 2,
            "experience": [{"kind": "diagnosis", "system": "sks", "code": "DQ21", "on": "2016-01-01", "whose": "child"}],
            "lifeSituation": ["working", "youngChildren"],
            "conflicts": [{"kind": "employment", "organisationId": home.ward, "note": "Vikar i weekenderne."}],
        }),
    )?;
    bring_to(loader, home, third, Stage::Active, 240, Some(first))?;
    let trained = person(
        loader,
        home,
        "Ole",
        60,
        &json!({
            "subtypes": ["patientSupporter"], "languages": ["da"], "capacityPerWeek": 1,
        }),
    )?;
    bring_to(loader, home, trained, Stage::Trained, 60, None)?;
    let candidate = person(
        loader,
        home,
        "Ida",
        6,
        &json!({
            "subtypes": ["relativeSupporter"], "languages": ["da"], "capacityPerWeek": 1,
        }),
    )?;
    bring_to(loader, home, candidate, Stage::Candidate, 6, None)?;
    Ok(Pair {
        first,
        second,
        on_trial: trained,
    })
}

pub(super) fn tell(loader: &Loader, root: OrganisationId, programme: ProgrammeId) -> Result<()> {
    let hospital = loader.part(root, "hospital", "Prøve Hjertehospital")?;
    let ward = loader.part(hospital, "ward", "Hjerteafsnit B")?;
    loader.member(
        root,
        credentials::VOLUNTEER_COORDINATOR,
        "volunteerCoordinator",
    )?;
    let home = Association {
        root,
        programme,
        ward,
    };
    let pair = volunteers_of(loader, &home)?;
    peers::tell(loader, &home, &pair)
}

/// Registers a synthetic person so many days ago.
fn person(
    loader: &Loader,
    home: &Association,
    given: &'static str,
    days: i64,
    particulars: &Value,
) -> Result<VolunteerId> {
    let mut body = particulars.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("programmeId".to_owned(), json!(home.programme));
        fields.insert(
            "name".to_owned(),
            json!({"given": given, "family": "Prøvesen"}),
        );
    }
    loader.at(loader.days_ago(days), home.root, move |cx| {
        let new = from(body.clone())?;
        Ok(volunteers::create(cx, &new)?.id)
    })
}

/// Holds the steps of the onboarding, ten days apart.
fn bring_to(
    loader: &Loader,
    home: &Association,
    id: VolunteerId,
    stage: Stage,
    registered: i64,
    beside: Option<VolunteerId>,
) -> Result<()> {
    let steps: &[&str] = match stage {
        Stage::Candidate => &[],
        Stage::Trained => &["interview", "course"],
        Stage::Active => &["interview", "course", "trialShift", "trialShift"],
    };
    let mut days = registered;
    for step in steps {
        days -= 10;
        let mut held = json!({"step": step, "outcome": "passed"});
        if *step == "trialShift"
            && let Some(fields) = held.as_object_mut()
        {
            fields.insert("wardId".to_owned(), json!(home.ward));
            if let Some(beside) = beside {
                fields.insert("besideId".to_owned(), json!(beside));
            }
        }
        loader.at(loader.days_ago(days), home.root, move |cx| {
            let new = from(held.clone())?;
            volunteers::record(cx, id, &new).map(drop)
        })?;
    }
    if stage == Stage::Active {
        loader.at(loader.days_ago(days - 10), home.root, move |cx| {
            volunteers::activate(cx, id).map(drop)
        })?;
    }
    Ok(())
}
