//! Municipalities: the 98 Danish ones, Christiansø (a municipality to the registers, though the state
//! runs it), and Halland's six.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::region::{Region, region};
use crate::calendar::Country;
use crate::identity::search_key;

/// The four digits of a municipality (kommunekode / kommunkod), leading zero included.
// Danish and Swedish codes are drawn from one pool: a test holds that the table has no code twice. All of
// Sweden would not fit (0187 is Vallensbæk and Vaxholm); then the country must become part of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{4}$", example = "0370")]
pub struct MunicipalityCode(&'static str);

impl MunicipalityCode {
    /// Reads a code: exactly four digits, leading zeros included.
    ///
    /// # Errors
    /// [`UnknownMunicipality`] for anything that is not a code of the table.
    pub fn parse(raw: &str) -> Result<Self, UnknownMunicipality> {
        MUNICIPALITIES
            .iter()
            .find(|municipality| municipality.code.0 == raw)
            .map(|municipality| municipality.code)
            .ok_or(UnknownMunicipality)
    }

    /// The four digits.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for MunicipalityCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for MunicipalityCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        Self::parse(&raw).map_err(|error| serde::de::Error::custom(error.detail()))
    }
}

/// A text that is no municipality code of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMunicipality;

impl UnknownMunicipality {
    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        "municipalityUnknown"
    }

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        "Write the four-digit code of a Danish municipality or of one in Halland, leading zero included."
    }
}

/// A municipality (kommune / kommun).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Municipality {
    /// The country the municipality lies in.
    pub country: Country,
    /// The municipality's code.
    pub code: MunicipalityCode,
    /// The name, without the word Kommune or kommun.
    #[schema(example = "Næstved")]
    pub name: String,
    /// The code of the region the municipality belonged to when the table was made; after a merger
    /// see `successor` of the region. Null for Christiansø, which is in no region.
    #[schema(required = true, example = "1085")]
    pub region_code: Option<String>,
}

impl Municipality {
    /// The region that answers for the municipality on this day, where one does.
    #[must_use]
    pub fn region_on(&self, date: NaiveDate) -> Option<&'static Region> {
        let region = region(self.region_code.as_deref()?)?;
        Some(region.comparable_on(date))
    }
}

/// The columns of municipalities.csv that are used; the region's name and ISO code stand in regions.csv.
#[derive(Deserialize)]
struct Row {
    country: Country,
    code: String,
    name: String,
    region_code: Option<String>,
}

// A line that cannot be read would be left out here; a test compares the number of lines.
static MUNICIPALITIES: LazyLock<Vec<Municipality>> = LazyLock::new(|| {
    csv::Reader::from_reader(include_str!("municipalities.csv").as_bytes())
        .into_deserialize()
        .filter_map(Result::ok)
        .map(|row: Row| Municipality {
            country: row.country,
            // The table lives as long as the program; so may its codes, which makes them `Copy`.
            code: MunicipalityCode(row.code.leak()),
            name: row.name,
            region_code: row.region_code,
        })
        .collect()
});

static BY_NAME: LazyLock<HashMap<String, &'static Municipality>> = LazyLock::new(|| {
    let key = |municipality: &'static Municipality| (search_key(&municipality.name), municipality);
    municipalities().iter().map(key).collect()
});

/// Every municipality, in the order of country and code.
#[must_use]
pub fn municipalities() -> &'static [Municipality] {
    &MUNICIPALITIES
}

/// The municipality of a code, or nothing.
#[must_use]
pub fn municipality(code: MunicipalityCode) -> Option<&'static Municipality> {
    MUNICIPALITIES.iter().find(|m| m.code == code)
}

/// The municipality with this name, in whatever case and spacing, with or without `Kommune`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Municipality> {
    let key = search_key(name);
    let key = key
        .strip_suffix(" kommune")
        .or_else(|| key.strip_suffix(" kommun"))
        .unwrap_or(&key);
    BY_NAME.get(key).copied()
}

#[cfg(test)]
mod tests {
    use super::super::regions;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn places_every_line_of_the_table_is_read() {
        let lines = include_str!("municipalities.csv").lines().count() - 1;
        assert_eq!(municipalities().len(), lines);
        let in_regions =
            |m: &&Municipality| m.country == Country::Denmark && m.region_code.is_some();
        assert_eq!(municipalities().iter().filter(in_regions).count(), 98);
        let outside: Vec<_> = municipalities()
            .iter()
            .filter(|m| m.region_code.is_none())
            .map(|m| m.name.as_str())
            .collect();
        assert_eq!(outside, ["Christiansø"]);
    }

    #[test]
    fn places_codes_and_names_are_unique() {
        let codes: BTreeSet<_> = municipalities().iter().map(|m| m.code).collect();
        let names: BTreeSet<_> = municipalities()
            .iter()
            .map(|m| search_key(&m.name))
            .collect();
        assert_eq!(codes.len(), municipalities().len());
        assert_eq!(names.len(), municipalities().len());
        assert!(municipalities().is_sorted_by_key(|m| (m.country, m.code)));
    }

    #[test]
    fn places_regions_agree_with_the_table_of_municipalities() {
        let mut table = csv::Reader::from_reader(include_str!("municipalities.csv").as_bytes());
        let mut seen = BTreeSet::new();
        for record in table.records() {
            let record = record.unwrap();
            let Some(region) = region(&record[3]) else {
                assert_eq!([&record[3], &record[4], &record[5]], ["", "", ""]);
                continue;
            };
            assert_eq!(region.name, &record[4]);
            assert_eq!(region.iso.as_deref(), Some(&record[5]));
            let code = MunicipalityCode::parse(&record[1]).unwrap();
            assert_eq!(region.country, municipality(code).unwrap().country);
            seen.insert(region.code.clone());
        }
        // A region without municipalities of its own is one that takes over from another.
        for region in regions().iter().filter(|r| !seen.contains(&r.code)) {
            assert!(
                regions()
                    .iter()
                    .any(|r| r.successor.as_ref() == Some(&region.code))
            );
        }
    }

    #[test]
    fn places_an_unknown_code_cannot_be_made() {
        for raw in ["0370", "1315"] {
            let json = format!("\"{raw}\"");
            let code: MunicipalityCode = serde_json::from_str(&json).unwrap();
            assert_eq!(code.to_string(), raw);
            assert_eq!(serde_json::to_string(&code).unwrap(), json);
        }
        for raw in ["370", "0000", "9999", " 0370", "0370 ", ""] {
            assert_eq!(MunicipalityCode::parse(raw), Err(UnknownMunicipality));
        }
        assert!(serde_json::from_str::<MunicipalityCode>("\"0999\"").is_err());
    }

    #[test]
    fn places_a_municipality_is_found_by_name() {
        for (name, code) in [
            ("Næstved", "0370"),
            (" næstved  kommune", "0370"),
            ("København", "0101"),
            ("K\u{f8}benhavn Kommune", "0101"),
            ("Halmstad kommun", "1380"),
        ] {
            assert_eq!(by_name(name).map(|m| m.code.as_str()), Some(code), "{name}");
        }
        assert_eq!(by_name("Kobenhavn"), None);
        assert_eq!(by_name(""), None);
    }

    #[test]
    fn places_a_municipality_moves_with_its_region() {
        let naestved = by_name("Næstved").unwrap();
        let on = |date: &str| {
            naestved
                .region_on(date.parse().unwrap())
                .unwrap()
                .name
                .as_str()
        };
        assert_eq!(on("2026-12-31"), "Region Sjælland");
        assert_eq!(on("2027-01-01"), "Region Østdanmark");
    }

    /// The copy here is the one the project shares, wherever that is at hand.
    #[test]
    fn places_table_equals_the_shared_one() {
        let shared = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/data/municipalities.csv"
        );
        if let Ok(shared) = std::fs::read_to_string(shared) {
            assert_eq!(shared, include_str!("municipalities.csv"));
        }
    }
}
