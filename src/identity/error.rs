//! Why a person's number was refused, in words that never hold the number (ID-6).

use super::IdentifierSystem;

/// A number that cannot be the identifier it was said to be.
///
/// Both texts are safe to send and to log: no variant carries the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierError {
    /// Nothing was written.
    Empty,
    /// The characters do not have the shape of the named system.
    Format(IdentifierSystem),
    /// The number is well formed, but is one of the named system.
    OtherSystem(IdentifierSystem),
    /// Ten digits without `-` or `+`: the century cannot be known (ID-3).
    CenturyMissing,
    /// The date part is no day of the calendar.
    DateDoesNotExist,
    /// The date part lies after today.
    DateInFuture,
    /// Serial number 000, which is never issued (ID-3).
    SerialZero,
    /// The check digit does not agree with the other characters (ID-3).
    CheckDigit,
}

impl IdentifierError {
    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "identifierEmpty",
            Self::Format(_) => "identifierFormat",
            Self::OtherSystem(_) => "identifierOtherSystem",
            Self::CenturyMissing => "identifierCenturyMissing",
            Self::DateDoesNotExist => "identifierDateDoesNotExist",
            Self::DateInFuture => "identifierDateInFuture",
            Self::SerialZero => "identifierSerialZero",
            Self::CheckDigit => "identifierCheckDigit",
        }
    }

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Empty => {
                "The identifier is empty. Leave it out if the person has none, or write the number."
            }
            Self::Format(system) => system.writing(),
            Self::OtherSystem(IdentifierSystem::Cpr) => {
                "This is written as a CPR number. Send it with the system of CPR."
            }
            Self::OtherSystem(IdentifierSystem::XEcpr) => {
                "This is written as a national replacement number. Send it with the system of X-eCPR."
            }
            Self::OtherSystem(IdentifierSystem::DEcpr) => {
                "This is written as a local replacement number. Send it with the system of D-eCPR."
            }
            Self::OtherSystem(IdentifierSystem::Personnummer) => {
                "The day has no 60 added: this is written as a personnummer. Send it with the system of personnummer."
            }
            Self::OtherSystem(IdentifierSystem::Samordningsnummer) => {
                "The day has 60 added: this is written as a samordningsnummer. Send it with the system of samordningsnummer."
            }
            Self::OtherSystem(IdentifierSystem::NationelltReservnummer) => {
                "This is written as a nationellt reservnummer. Send it with the system of nationelltReservnummer."
            }
            Self::CenturyMissing => {
                "Ten digits without a separator do not say the century. Write twelve digits, or put '-' ('+' from the year the person turns 100) before the last four."
            }
            Self::DateDoesNotExist => {
                "The date in the number does not exist. Check the number with the person."
            }
            Self::DateInFuture => {
                "The date in the number lies in the future. Check the number with the person."
            }
            Self::SerialZero => {
                "The three digits after the date are 000, which is never issued. Check the number with the person."
            }
            Self::CheckDigit => {
                "The check digit does not agree with the rest of the number. Check the number for a typing error."
            }
        }
    }
}
