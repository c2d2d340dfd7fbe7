//! A template for each kind: the header, what each column means, and an example. What is not a
//! header begins with `#`, so that a template that was filled in can be sent as it is.

use super::kinds;
use super::model::ImportKind;
use crate::platform::error::{Error, Result};

const ID: &str = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";

/// The columns of a template, the usual ones, each with an example. The contract has more: every
/// field of the kind's body is a column.
fn columns(kind: ImportKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ImportKind::Patients => &[
            ("externalId.system", "https://ehr.example.org"),
            ("externalId.value", "8d3f2a"),
            ("cpr", "070761-4285"),
            ("name.given", "Anna"),
            ("name.family", "Prøvesen"),
            ("birthDate", "1961-07-07"),
            ("telephones.1.label", "mobile"),
            ("telephones.1.number", "+4532105432"),
            ("address.lines", "Prøvevej 1"),
            ("address.postalCode", "4700"),
            ("address.city", "Næstved"),
            ("address.country", "DK"),
            ("municipalityCode", "0370"),
            ("language", "da"),
            ("protected", "false"),
            ("allowDuplicate", "false"),
        ],
        ImportKind::Relatives => &[
            ("externalId.system", "https://ehr.example.org"),
            ("externalId.value", "r-17"),
            ("patient.cpr", "070761-4285"),
            ("relation", "spouseOrPartner"),
            ("name.given", "Bo"),
            ("name.family", "Prøvesen"),
            ("telephones.1.label", "mobile"),
            ("telephones.1.number", "+4532105433"),
            ("takesPart", "true"),
            ("supported", "false"),
            ("note", "Kommer med til samtaler."),
        ],
        ImportKind::Consents => &[
            ("externalId.system", "https://ehr.example.org"),
            ("externalId.value", "c-4"),
            ("patient.cpr", "070761-4285"),
            ("programmeId", ID),
            ("purpose", "referral"),
            ("form", "oral"),
            ("decision", "given"),
            ("givenAt", "2026-03-27T09:00:00+01:00"),
            ("expiresOn", "2027-03-26"),
            ("takenBy", "Dr. Ida Prøve"),
            ("legalBasis", "Sundhedsloven § 43"),
            ("note", "Givet i telefonen."),
        ],
        ImportKind::Referrals => &[
            ("externalId.system", "https://ehr.example.org"),
            ("externalId.value", "h-2201"),
            ("programmeId", ID),
            ("channel", "hospital"),
            ("sentAt", "2026-03-27T09:10:00+01:00"),
            ("receivedAt", "2026-03-27T09:15:00+01:00"),
            ("statedProgramme", "Aktiv Patientstøtte"),
            ("patient.cpr", "070761-4285"),
            ("patient.name.given", "Anna"),
            ("patient.name.family", "Prøvesen"),
            ("patient.telephone", "+4532105432"),
            ("patient.municipalityCode", "0370"),
            ("consent.purpose", "referral"),
            ("consent.form", "oral"),
            ("consent.givenAt", "2026-03-27T09:00:00+01:00"),
            ("referrer.name", "Dr. Ida Prøve"),
            ("referrer.organisationName", "Prøve Sygehus"),
            ("referrer.role", "doctor"),
            ("criteria.1.code", "chronicDisease"),
            ("criteria.1.answer", "yes"),
            ("reason", "Flere indlæggelser det seneste år."),
        ],
        ImportKind::Volunteers => &[
            ("externalId.system", "https://volunteers.example.org"),
            ("externalId.value", "v-31"),
            ("programmeId", ID),
            ("name.given", "Birgit"),
            ("name.family", "Prøvesen"),
            ("birthDate", "1961-07-07"),
            ("contact.telephone", "+4532105432"),
            ("contact.email", "birgit@example.org"),
            ("subtypes", "patientSupporter|relativeSupporter"),
            ("phases", "during|after"),
            ("languages", "da|en"),
            ("experience.1.kind", "procedure"),
            ("experience.1.system", "sks"),
            ("experience.1.code", "KFMD"),
            ("experience.1.on", "2022-03-01"),
            ("experience.1.whose", "own"),
            ("lifeSituation", "retired"),
            ("capacityPerWeek", "3"),
        ],
        ImportKind::Staff => &[
            ("externalId.system", "https://staff.example.org"),
            ("externalId.value", "kap01"),
            ("organisationId", ID),
            ("name", "Karen Prøve"),
            ("title", "Sygeplejerske"),
            ("roles", "nurse|coordinator"),
        ],
        ImportKind::Organisations => &[
            ("externalId.system", "https://sor.example.org"),
            ("externalId.value", "afsnit-7"),
            ("partOf", ID),
            ("partOfExternalId.system", ""),
            ("partOfExternalId.value", ""),
            ("kind", "hospital"),
            ("name", "Prøve Sygehus"),
            ("identifiers.1.system", "http://cvr.dk"),
            ("identifiers.1.value", "29190658"),
        ],
        ImportKind::Measurements => &[
            ("externalId.system", "https://figures.example.org"),
            ("externalId.value", "m-2026-1"),
            ("indicatorId", ID),
            ("area.kind", "region"),
            ("area.code", "1085"),
            ("periodFrom", "2026-01-01"),
            ("periodTo", "2026-03-31"),
            ("numerator", "792"),
            ("denominator", "1000"),
            ("value", ""),
            ("note", "Foreløbige tal."),
        ],
    }
}

/// The template of a kind, with what separates its fields.
pub fn template(kind: ImportKind, separator: u8) -> Result<String> {
    let shape = kinds::shape(kind)?;
    let columns = columns(kind);
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .delimiter(separator)
        .from_writer(Vec::new());
    let names = columns.iter().map(|(name, _)| (*name).to_owned());
    let meanings = columns.iter().map(|(name, _)| {
        let need = if shape.is_required(name) {
            "(required) "
        } else {
            ""
        };
        format!("{need}{}", shape.describe(name))
    });
    let examples = columns.iter().map(|(_, example)| (*example).to_owned());
    let comment = |fields: Vec<String>| {
        let mut fields = fields.into_iter();
        // In quotation marks it would be data: the first field is written so that it needs none.
        let first = fields.next().map(|first| {
            let first: String = first.chars().filter(|c| !",;\"\t".contains(*c)).collect();
            format!("# {first}")
        });
        first.into_iter().chain(fields).collect::<Vec<_>>()
    };
    for record in [
        names.collect(),
        comment(meanings.collect()),
        comment(examples.collect()),
    ] {
        let record: Vec<String> = record;
        writer.write_record(&record).map_err(Error::internal)?;
    }
    String::from_utf8(writer.into_inner().map_err(Error::internal)?).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::rows::fields;

    #[test]
    fn a_template_has_a_header_that_is_read_and_nothing_else_that_is() {
        for kind in ImportKind::ALL {
            for separator in [b',', b';'] {
                let text = template(*kind, separator).unwrap();
                let lines: Vec<&str> = text.split("\r\n").collect();
                assert_eq!(lines.len(), 4, "{kind}");
                let header = fields(lines[0].as_bytes(), separator).unwrap();
                let shape = kinds::shape(*kind).unwrap();
                let columns = shape.read_header(&header).unwrap_or_else(|error| {
                    panic!("{kind}: {error:?}");
                });
                assert_eq!(columns.names(), header);
                let meanings = fields(lines[1].as_bytes(), separator).unwrap();
                for (name, meaning) in header.iter().zip(&meanings) {
                    assert!(meaning.len() > 3, "{kind} says nothing of {name}");
                }
                assert!(lines[1].starts_with('#'), "{kind}: {}", lines[1]);
                assert!(lines[2].starts_with('#'), "{kind}: {}", lines[2]);
            }
        }
    }
}
