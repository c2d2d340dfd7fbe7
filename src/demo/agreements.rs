//! Governance in the demo: a health agreement with its ten indicators and its evaluations, delegations,
//! a centre's units with their staff and offers, governing documents with versions.

use chrono::{Datelike as _, Months, NaiveDate};
use serde_json::{Value, json};

use super::{Loader, from};
use crate::agreements::{self, HealthAgreementId, IndicatorId};
use crate::delegations;
use crate::evaluations;
use crate::organisations::OrganisationId;
use crate::platform::error::{Error, Result};
use crate::programmes::ProgrammeId;
use crate::support_offers;
use crate::units::{self, UnitId};

/// The indicators: name, unit, direction, baseline, target, change from quarter to quarter in tenths,
/// level. The figures are made up.
const INDICATORS: &[(&str, &str, &str, i64, i64, i64, &str)] = &[
    (
        "Udskrevne med aftalt opfølgning inden syv dage",
        "percent",
        "increase",
        62,
        85,
        14,
        "agreement",
    ),
    (
        "Genindlæggelser inden 30 dage",
        "percent",
        "decrease",
        16,
        12,
        -2,
        "agreement",
    ),
    (
        "Borgere med tilbudt patientuddannelse",
        "percent",
        "increase",
        20,
        45,
        11,
        "agreement",
    ),
    (
        "Borgere i forebyggelsestilbud efter henvisning",
        "percent",
        "increase",
        35,
        60,
        18,
        "agreement",
    ),
    (
        "Unge med kontakt til psykiatrien inden for tidsfristen",
        "percent",
        "increase",
        55,
        80,
        -4,
        "agreement",
    ),
    (
        "Færdigbehandlede dage på sygehus pr. borger",
        "days",
        "decrease",
        9,
        5,
        -2,
        "agreement",
    ),
    (
        "Patienter der oplever sammenhæng",
        "percent",
        "increase",
        64,
        80,
        8,
        "agreement",
    ),
    (
        "Akutte indlæggelser pr. 1.000 ældre",
        "perThousand",
        "decrease",
        210,
        180,
        -15,
        "agreement",
    ),
    (
        "Daglige rygere",
        "percent",
        "decrease",
        15,
        10,
        -3,
        "agreement",
    ),
    (
        "Borgere med fælles medicinkort gennemgået",
        "percent",
        "increase",
        70,
        90,
        12,
        "agreement",
    ),
    (
        "Middellevetid: forskel mellem kommuner",
        "points",
        "decrease",
        4,
        3,
        -1,
        "national",
    ),
];

/// The health agreement of the region and its municipalities, and what is delegated under it.
pub(super) fn agreement(
    loader: &Loader,
    root: OrganisationId,
    programme: ProgrammeId,
) -> Result<()> {
    let id = loader.at(loader.days_ago(390), root, move |cx| {
        let new = from(json!({
            "programmeId": programme, "agreementType": "healthAgreement", "title": "Sundhedsaftale 2024-2027",
            "regionCode": "1085", "periodFrom": "2024-01-01", "periodTo": "2027-12-31",
            "parties": [
                {"kind": "region", "name": "Region Sjælland"},
                {"kind": "municipality", "name": "Næstved Kommune", "municipalityCode": "0370"},
                {"kind": "municipality", "name": "Roskilde Kommune", "municipalityCode": "0265"},
                {"kind": "municipality", "name": "Slagelse Kommune", "municipalityCode": "0330"},
                {"kind": "generalPractice", "name": "Praktiserende læger i regionen"}],
            "vision": "Sammen om flere gode leveår for alle borgere.",
            "objectives": [{"title": "Mere lighed i sundhed"}, {"title": "Sammenhængende forløb"}, {"title": "Flere sunde leveår"}],
        }))?;
        Ok(agreements::create(cx, &new)?.id)
    })?;
    for (place, indicator) in (1..).zip(INDICATORS) {
        let added = add(loader, root, id, place, indicator)?;
        measure(loader, root, added, indicator)?;
    }
    evaluate(loader, root, id)?;
    delegate(loader, root, programme, id)
}

fn add(
    loader: &Loader,
    root: OrganisationId,
    agreement: HealthAgreementId,
    number: i32,
    indicator: &(&str, &str, &str, i64, i64, i64, &str),
) -> Result<IndicatorId> {
    let (name, unit, direction, baseline, target, _, level) = *indicator;
    let body = json!({
        "healthAgreementId": agreement, "number": number, "name": name, "level": level, "measure": "quality",
        "unit": unit, "direction": direction, "source": "Demodata", "tolerance": 0.5, "measuredEveryMonths": 3,
        "baseline": {"value": baseline, "on": "2023-12-31"}, "target": {"value": target, "by": "2027-12-31"},
    });
    loader.at(loader.days_ago(389), root, move |cx| {
        Ok(agreements::create_indicator(cx, &from(body.clone())?)?.id)
    })
}

/// A figure for each quarter that is over, of the region; and of the country once a year.
fn measure(
    loader: &Loader,
    root: OrganisationId,
    id: IndicatorId,
    indicator: &(&str, &str, &str, i64, i64, i64, &str),
) -> Result<()> {
    let (_, unit, _, baseline, _, step, _) = *indicator;
    let mut bodies: Vec<Value> = Vec::new();
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let last = loader.days_ago(25).utc_date();
    for quarter in 0..16 {
        let from_day = first + Months::new(3 * quarter);
        let to_day = from_day + Months::new(3) - chrono::Days::new(1);
        if to_day >= last {
            break;
        }
        // A little unrest, so that trend and pace have something to say.
        let tenths = 10 * baseline + step * i64::from(quarter + 1) + unrest(quarter);
        let mut body = json!({"indicatorId": id, "periodFrom": from_day, "periodTo": to_day});
        if let Some(fields) = body.as_object_mut() {
            if unit == "percent" {
                fields.insert("numerator".to_owned(), json!(tenths * 2));
                fields.insert("denominator".to_owned(), json!(2000));
            } else {
                fields.insert(
                    "value".to_owned(),
                    json!(agreements::Figure::from_parts(tenths * 1000)),
                );
            }
        }
        bodies.push(body);
        if to_day.month() == 12 {
            bodies.push(json!({
                "indicatorId": id, "area": {"kind": "country", "code": "DK"}, "value": baseline,
                "periodFrom": from_day, "periodTo": to_day, "note": "Hele landet.",
            }));
        }
    }
    loader.at(loader.days_ago(20), root, move |cx| {
        for body in &bodies {
            agreements::record_measurement(cx, &from(body.clone())?)?;
        }
        Ok(())
    })
}

fn unrest(quarter: u32) -> i64 {
    match quarter % 4 {
        1 => 6,
        2 => -4,
        3 => 3,
        _ => 0,
    }
}

/// The first evaluation of the cooperation in time, midway late, the next one to come.
fn evaluate(loader: &Loader, root: OrganisationId, agreement: HealthAgreementId) -> Result<()> {
    loader.at(loader.days_ago(15), root, move |cx| {
        for (kind, held_on, conclusion) in [
            (
                "cooperation",
                "2024-12-10",
                "Samarbejdet er kommet godt i gang; kommunerne ønsker faste kontaktpersoner.",
            ),
            (
                "midway",
                "2026-02-03",
                "Fem indikatorer er på vej, psykiatrien er bagud. Målene fastholdes.",
            ),
        ] {
            let planned = evaluations::of_agreement(cx, agreement)?
                .into_iter()
                .find(|one| one.kind.as_str() == kind && one.held_on.is_none())
                .ok_or_else(|| Error::internal("demo: no evaluation is planned"))?;
            let done = json!({"heldOn": held_on, "conclusion": conclusion});
            evaluations::complete(cx, planned.id, &from(done)?)?;
        }
        Ok(())
    })
}

/// One delegation that ends soon, and one that lacks an answer.
fn delegate(
    loader: &Loader,
    root: OrganisationId,
    programme: ProgrammeId,
    agreement: HealthAgreementId,
) -> Result<()> {
    let begins = loader.days_ago(300).utc_date();
    let ends = (loader.today + chrono::Duration::days(40)).utc_date();
    let met = |why: &str| json!({"met": true, "explanation": why});
    let base = json!({
        "programmeId": programme, "healthAgreementId": agreement,
        "from": {"sector": "hospital", "name": "Infektionsmedicinsk afdeling, Prøve Universitetshospital"},
        "to": {"sector": "municipality", "name": "Sygeplejen, Næstved Kommune"},
        "reservedPractice": true, "responsible": "Ledende overlæge, Infektionsmedicinsk afdeling",
        "validFrom": begins, "validTo": ends,
    });
    let approved = with(
        &base,
        json!({
            "task": "Intravenøs antibiotika i eget hjem",
            "principles": {
                "patientSafetyAndQuality": met("Sygeplejerskerne er oplært; lægen kan altid ringes op."),
                "lowestEffectiveCostLevel": met("Borgeren undgår indlæggelse."),
                "responsibilityPlaced": met("Behandlingsansvaret bliver på afdelingen.")},
        }),
    );
    let proposed = with(
        &base,
        json!({
            "task": "Anlæggelse af midline-kateter",
            "principles": {"patientSafetyAndQuality": met("Oplæring er planlagt.")},
        }),
    );
    loader.at(loader.days_ago(301), root, move |cx| {
        let delegation = delegations::create(cx, &from(approved.clone())?)?;
        let by = from(json!({"approvedBy": "Sundhedsdirektør, Næstved Kommune"}))?;
        delegations::approve(cx, delegation.id, &by)?;
        delegations::create(cx, &from(proposed.clone())?).map(drop)
    })
}

fn with(base: &Value, own: Value) -> Value {
    let mut whole = base.clone();
    if let (Some(fields), Value::Object(own)) = (whole.as_object_mut(), own) {
        fields.extend(own);
    }
    whole
}

/// The centre's units (CPS-1) with the nurses' shares, and the overview of offers (CPS-4).
pub(super) fn centre(loader: &Loader, root: OrganisationId, programme: ProgrammeId) -> Result<()> {
    let mut made: Vec<UnitId> = Vec::new();
    for (name, trial, valid_to) in [
        ("AMA Aalborg", false, None),
        ("Akutmodtagelsen Thisted", false, None),
        ("AMA Hobro", false, None),
        ("Regionshospital Nordjylland", false, None),
        ("Psykiatrien", false, None),
        ("Børneafdelingen", true, Some("2022-12-31")),
    ] {
        let valid_from = if trial { "2021-01-01" } else { "2020-01-01" };
        let mut body = json!({"programmeId": programme, "name": name, "trial": trial, "validFrom": valid_from});
        if let (Some(fields), Some(to)) = (body.as_object_mut(), valid_to) {
            fields.insert("validTo".to_owned(), json!(to));
        }
        made.push(loader.at(loader.days_ago(397), root, move |cx| {
            Ok(units::create(cx, &from(body.clone())?)?.id)
        })?);
    }
    let (first, second) = (
        loader.member(root, "Inge Prøve", "nurse")?,
        loader.member(root, "Tove Prøve", "nurse")?,
    );
    let mut shares = Vec::new();
    for (person, place, percent) in [(first, 0, 60), (first, 2, 40), (second, 1, 80)] {
        if let Some(unit) = made.get(place) {
            shares.push(json!({"unitId": unit, "staffId": person, "percent": percent, "validFrom": "2024-08-01"}));
        }
    }
    let unit = made.first().copied();
    let offers = [
        json!({"name": "Brobyggende sygeplejerske", "sector": "hospital", "unitId": unit, "provider": "Center for Patientstøtte",
            "description": "Støtte til borgere med komplekse forløb på tværs af sektorer.", "access": "Afdelingen ringer til Sund Info"}),
        json!({"name": "Patientstøtte på telefon", "sector": "region", "provider": "Sund Info",
            "description": "Vejledning om vej gennem sundhedsvæsenet."}),
        json!({"name": "Sundhedscafé", "sector": "municipality", "municipalityCode": "0851", "provider": "Aalborg Kommune",
            "description": "Åbent tilbud for borgere med kronisk sygdom."}),
        json!({"name": "Pårørendenetværk", "sector": "voluntary", "provider": "Foreningen Prøve",
            "description": "Samtaler med andre pårørende."}),
    ];
    loader.at(loader.days_ago(396), root, move |cx| {
        for share in &shares {
            units::assign(cx, &from(share.clone())?)?;
        }
        for offer in &offers {
            let mut body = with(offer, json!({"programmeId": programme}));
            if let Some(fields) = body.as_object_mut() {
                fields.retain(|_, value| !value.is_null());
            }
            support_offers::create(cx, &from(body)?)?;
        }
        Ok(())
    })
}
