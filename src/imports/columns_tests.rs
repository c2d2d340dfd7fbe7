//! Columns of the contract's own bodies.

use serde_json::json;

use super::*;
use crate::patients::NewPatient;
use crate::platform::error::Error;
use crate::platform::http::schemas::document_of;
use crate::volunteers::NewVolunteer;

fn header(names: &[&str]) -> Result<Columns> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Shape::new(vec![document_of::<NewPatient>()?]).read_header(&names)
}

#[test]
fn fields_are_put_where_the_contract_has_them() {
    let columns = header(&[
        "Name.given",
        "name.family",
        "telephones.2.number",
        "telephones.2.label",
        "cpr",
        "address.lines",
        "protected",
        "telephone",
    ])
    .unwrap();
    let row = columns
        .build(&[
            "Anna",
            "Prøvesen",
            "32105432",
            "home",
            "070761-4285",
            "Vej 1| 2. sal",
            "Ja",
            "",
        ])
        .unwrap();
    assert_eq!(
        row.value,
        json!({
            "name": {"given": "Anna", "family": "Prøvesen"},
            "telephones": [{"number": "32105432", "label": "home"}],
            "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}],
            "address": {"lines": ["Vej 1", "2. sal"]}, "protected": true,
        })
    );
    let shape = Shape::new(vec![document_of::<NewPatient>().unwrap()]);
    let at = |pointer| columns.at(&shape, &row, pointer);
    assert_eq!(
        at("/telephones/0/number").as_deref(),
        Some("telephones.2.number")
    );
    assert_eq!(at("/identifiers/0/value").as_deref(), Some("cpr"));
    assert_eq!(at("/address").as_deref(), Some("address.lines"));
    // Missing: the column that the contract has for it.
    assert_eq!(at("/address/city").as_deref(), Some("address.city"));
    assert_eq!(at("/birthDate").as_deref(), Some("birthDate"));
    assert_eq!(at(""), None);
}

#[test]
fn everything_wrong_with_a_header_is_named_and_nothing_of_it_repeated() {
    let error = header(&[
        "name.given",
        "Zebrinette",
        "name.given",
        "telephones.9.number",
    ])
    .unwrap_err();
    let Error::Problem(problem) = error else {
        panic!()
    };
    let found: Vec<(&str, &str)> = problem
        .errors
        .iter()
        .map(|error| (error.pointer.as_str(), error.code))
        .collect();
    assert_eq!(
        found,
        [
            ("column 2", "unknownColumn"),
            ("column 3", "duplicateColumn"),
            ("column 4", "unknownColumn"),
            ("line 1", "missingColumn"),
        ]
    );
    assert!(!format!("{problem:?}").contains("Zebrinette"));
    let Error::Problem(problem) = header(&["Anna", "Prøvesen"]).unwrap_err() else {
        panic!()
    };
    assert_eq!(problem.errors[0].code, "headerMissing");
}

#[test]
fn lists_of_words_are_one_column() {
    let shape = Shape::new(vec![document_of::<NewVolunteer>().unwrap()]);
    let names = [
        "programmeId",
        "name.given",
        "name.family",
        "subtypes",
        "languages",
        "capacityPerWeek",
    ];
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let columns = shape.read_header(&names).unwrap();
    let row = columns
        .build(&[
            "x",
            "Birgit",
            "P",
            "patientSupporter|parentSupporter",
            "da",
            "3",
        ])
        .unwrap();
    assert_eq!(
        row.value["subtypes"],
        json!(["patientSupporter", "parentSupporter"])
    );
    assert_eq!(row.value["capacityPerWeek"], json!(3));
    assert!(shape.describe("subtypes").contains("separated by |"));
}
