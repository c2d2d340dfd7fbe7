//! Check digit arithmetic. Each function takes digits (0–9) and says whether the whole is consistent.

/// The decimal digits of a text, or nothing where a character is not one of 0–9.
pub(super) fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// Whether the weighted sum is divisible by 11. Weights and digits go pairwise from the left.
pub(super) fn modulus_11(digits: &[u32], weights: &[u32]) -> bool {
    let sum: u32 = digits.iter().zip(weights).map(|(d, w)| d * w).sum();
    digits.len() == weights.len() && sum.is_multiple_of(11)
}

/// Luhn (ISO/IEC 7812-1, annex B), last digit included.
///
/// Takes character values rather than digits, because the nationellt reservnummer lets a letter
/// count as its ASCII code: every product is reduced to the sum of its decimal digits.
pub(super) fn luhn(values: &[u32]) -> bool {
    let digit_sum = |mut n: u32| {
        let mut sum = 0;
        while n > 0 {
            sum += n % 10;
            n /= 10;
        }
        sum
    };
    let sum: u32 = values
        .iter()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(value, weight)| digit_sum(value * weight))
        .sum();
    sum.is_multiple_of(10)
}

/// GS1 modulus 10: weights 1 and 3 from the right, check digit included.
pub(super) fn gs1(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// Verhoeff, as SNOMED CT uses it for its identifiers (SCTID), check digit included.
///
/// Computed in the dihedral group of the pentagon instead of from its printed tables: a digit below
/// five is a rotation, the others are reflections.
pub(super) fn verhoeff(digits: &[u32]) -> bool {
    fn multiply(a: u32, b: u32) -> u32 {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => 5 + (a + b) % 5,
            (false, true) => 5 + (a + 5 - b) % 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    // The permutation of Verhoeff's article, applied once for each place from the right.
    fn permute(digit: u32) -> u32 {
        match digit {
            0 => 1,
            1 => 5,
            2 => 7,
            3 => 6,
            4 => 2,
            5 => 8,
            6 => 3,
            7 => 0,
            8 => 9,
            _ => 4,
        }
    }
    let product = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |product, (place, digit)| {
            multiply(product, (0..place % 8).fold(*digit, |d, _| permute(d)))
        });
    product == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn verhoeff_accepts_published_sctids() {
        for sctid in ["73211009", "22298006", "953741000016009"] {
            assert!(verhoeff(&digits(sctid).unwrap()), "{sctid}");
        }
    }

    #[test]
    fn luhn_accepts_the_textbook_number() {
        assert!(luhn(&digits("79927398713").unwrap()));
        assert!(!luhn(&digits("79927398710").unwrap()));
    }

    proptest! {
        /// The reason for a check digit: one wrong digit is always seen.
        #[test]
        fn one_wrong_digit_is_seen(
            body in prop::collection::vec(0u32..10, 5..17), place in 0usize..17, change in 1u32..10
        ) {
            for check in [verhoeff, luhn, gs1] {
                let whole = (0..10).map(|last| [body.clone(), vec![last]].concat());
                let valid: Vec<_> = whole.filter(|number| check(number)).collect();
                prop_assert_eq!(valid.len(), 1);
                let mut wrong = valid[0].clone();
                let place = place % wrong.len();
                wrong[place] = (wrong[place] + change) % 10;
                prop_assert!(!check(&wrong));
            }
        }

        /// Verhoeff also sees every exchange of two neighbours.
        #[test]
        fn verhoeff_sees_exchanged_neighbours(
            body in prop::collection::vec(0u32..10, 5..17), place in 0usize..16
        ) {
            let mut number = (0..10)
                .map(|last| [body.clone(), vec![last]].concat())
                .find(|number| verhoeff(number))
                .unwrap();
            let place = place % (number.len() - 1);
            prop_assume!(number[place] != number[place + 1]);
            number.swap(place, place + 1);
            prop_assert!(!verhoeff(&number));
        }
    }
}
