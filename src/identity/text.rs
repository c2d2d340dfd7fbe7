//! Keys by which people's words are compared. The engines' own lower-casing and collation differ and
//! know nothing of Å, Ä, Ö, Æ and Ø, so the key is computed here and stored beside the text.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The key under which a name is searched and sorted: Unicode NFKC, lower case, white space collapsed.
///
/// Å, Ä, Ö, Æ and Ø stay letters of their own, however they were typed (one character or letter and
/// accent); `Aa` stays `aa`, because Aarhus and Århus are spelled by choice.
#[must_use]
pub fn search_key(text: &str) -> String {
    // Lower-casing can leave a sequence that composes again, hence NFKC on both sides.
    let folded = composed(text).to_lowercase();
    let composed = composed(&folded);
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in NFKC, in which nearly every name is written already.
fn composed(text: &str) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => text.nfkc().collect(),
    }
}

/// The key under which a programme's name is recognised in a referral (APS-2): case, spacing,
/// punctuation and diacritics do not matter, so only folded letters and digits are left.
///
/// æ and œ become two letters, ø becomes o, å a, ö o, ä a, ß ss; `aa` stays `aa`. Two texts match when their
/// keys are equal; to find a name inside a longer text, search for its key in the text's key.
#[must_use]
pub fn loose_key(text: &str) -> String {
    let lower = composed(text).to_lowercase();
    let mut key = String::with_capacity(lower.len());
    for c in lower.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            // These have no decomposition in Unicode.
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'ß' => key.push_str("ss"),
            'ø' => key.push('o'),
            'đ' | 'ð' => key.push('d'),
            'ł' => key.push('l'),
            _ if c.is_alphanumeric() => key.push(c),
            _ => {}
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn id_4_composed_and_decomposed_names_are_equal() {
        assert_eq!(search_key("A\u{30a}se"), search_key("ÅSE"));
        assert_eq!(search_key("O\u{308}berg"), "öberg");
        assert_eq!(search_key("  Søren \t\u{a0} ÆRØ\n"), "søren ærø");
    }

    #[test]
    fn id_4_nordic_letters_stay_apart() {
        for (a, b) in [
            ("Ås", "As"),
            ("Ärla", "Arla"),
            ("Ørsted", "Örsted"),
            ("Århus", "Aarhus"),
        ] {
            assert_ne!(search_key(a), search_key(b));
        }
    }

    #[test]
    fn aps_2_programme_name_matches_whatever_case_spacing_and_diacritics() {
        for written in [
            "Aktiv Patientstøtte",
            "AKTIV PATIENTSTØTTE",
            "aktiv-patientstotte",
            "AktivPatientstøtte.",
            "Aktiv  patientst\u{f6}tte",
            "aktiv patientsto\u{308}tte",
        ] {
            assert_eq!(loose_key(written), "aktivpatientstotte", "{written}");
        }
        assert_eq!(loose_key("Ærø Å ä"), "aeroaa");
        assert_ne!(loose_key("Aktiv Patient"), loose_key("Aktiv Patientstøtte"));
    }

    proptest! {
        #[test]
        fn keys_are_stable(text in "\\PC{0,24}|[A-Za-zÆØÅÄÖæøåäöİŁß\u{300}-\u{30a} \t.,-]{0,24}") {
            let search = search_key(&text);
            prop_assert_eq!(search_key(&search), search.clone());
            let loose = loose_key(&text);
            prop_assert_eq!(loose_key(&loose), loose.clone());
            prop_assert_eq!(loose_key(&search), loose);
        }
    }
}
