//! Text that people type: bounded, free of control characters, and never printed by accident.
//!
//! `Debug` shows nothing of the content (ID-6): a name, a telephone number or a note cannot slip
//! into a log line through `{:?}`.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// `silent_debug!(Address, Relative)`: types that hold what people typed, and say nothing of it
/// through `{:?}` (ID-6).
#[macro_export]
macro_rules! silent_debug {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, max $max:literal, pattern $pattern:literal, example $example:literal, $description:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The longest text accepted, in characters.
            pub const MAX: usize = $max;

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        $crate::silent_debug!($name);
        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some($max))
                    .pattern(Some($pattern))
                    .description(Some($description))
                    .examples([serde_json::json!($example)])
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

text_type!(
    /// A name or a title: one line.
    Name, max 200, pattern r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
    example "Aktiv Patientstøtte",
    "A name or title: one line of 1 to 200 characters, not only white space, no control characters."
);
text_type!(
    /// A short remark or a reason: one line.
    Line, max 1000, pattern r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
    example "Aftalt med patienten i telefonen.",
    "One line of 1 to 1,000 characters, not only white space, no control characters."
);
text_type!(
    /// A note: several lines, encrypted at rest wherever it speaks of health.
    Prose, max 20000, pattern r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
    example "Patienten ønsker hjælp til at forstå forløbet.\nNæste samtale om to uger.",
    "Text of 1 to 20,000 characters; line breaks and tabs allowed, no other control characters."
);
text_type!(
    /// A programme's or an external system's own word for something.
    Code, max 64, pattern r"^[A-Za-z][A-Za-z0-9._-]*$",
    example "chronicDisease",
    "A code of 1 to 64 letters, digits, dots, underscores and hyphens, starting with a letter."
);
text_type!(
    /// A language that somebody speaks.
    Language, max 35, pattern r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
    example "da",
    "A language, BCP 47: `da`, `sv`, `ar`."
);
