//! Whether hidden cells stay hidden, tried by everything that an attentive reader could compute.

use proptest::prelude::*;

use super::super::table::{Cell, Table};
use super::*;

fn table(sizes: &[usize], base: &[u64]) -> Table {
    let mut table = Table::new(sizes.to_vec());
    for (index, count) in base.iter().enumerate() {
        let mut rest = index;
        let at: Vec<usize> = sizes
            .iter()
            .map(|size| {
                let one = rest % size;
                rest /= size;
                one
            })
            .collect();
        table.add(
            &at,
            Cell {
                count: *count,
                minutes: *count * 7,
            },
        );
    }
    table
}

fn counts(table: &Table) -> Vec<u64> {
    (0..table.places())
        .map(|place| table.cell(place).count)
        .collect()
}

/// The independent oracle: every table there could be, with counts up to `most`. A hidden cell is
/// safe if one of those that look the same as the true one holds another count there.
fn assert_safe(sizes: &[usize], base: &[u64], smallest: u64) {
    let truth = table(sizes, base);
    let (shown, hidden) = (counts(&truth), suppress(&truth, smallest));
    for (place, count) in shown.iter().enumerate() {
        if (1..smallest).contains(count) {
            assert!(hidden[place], "a small count is shown: {base:?}");
        }
    }
    let mut open: Vec<usize> = (0..hidden.len()).filter(|place| hidden[*place]).collect();
    let most = base.iter().max().unwrap() + 1;
    let mut other = vec![0_u64; base.len()];
    while !open.is_empty() {
        let candidate = counts(&table(sizes, &other));
        let same = (0..hidden.len()).all(|place| hidden[place] || candidate[place] == shown[place]);
        if same {
            open.retain(|place| candidate[*place] == shown[*place]);
        }
        let Some(wheel) = other.iter().position(|count| *count < most) else {
            break;
        };
        other[wheel] += 1;
        other[..wheel].fill(0);
    }
    let open: Vec<Vec<usize>> = open.iter().map(|place| truth.at(*place)).collect();
    assert!(
        open.is_empty(),
        "{open:?} can be computed in {sizes:?} {base:?}, smallest {smallest}"
    );
}

/// Along every line the hidden cells are none or at least two, the total counted in.
fn assert_no_single_gap(table: &Table, hidden: &[bool]) {
    for dimension in 0..table.dimensions() {
        let (stride, total) = (table.stride(dimension), table.total(dimension));
        for place in 0..table.places() {
            if (place / stride) % (total + 1) == 0 {
                let gaps = (0..=total)
                    .filter(|step| hidden[place + step * stride])
                    .count();
                assert_ne!(gaps, 1, "one gap in a line of dimension {dimension}");
            }
        }
    }
}

#[test]
fn hf_7_one_small_cell_takes_others_with_it() {
    let truth = table(&[2, 2], &[3, 20, 30, 40]);
    let hidden = suppress(&truth, 5);
    assert_eq!(hidden.iter().filter(|one| **one).count(), 4);
    for at in [[2, 2], [0, 2], [1, 2], [2, 0], [2, 1]] {
        assert!(!hidden[truth.place(&at)], "a total is hidden: {at:?}");
    }
}

#[test]
fn hf_7_a_small_total_hides_what_it_is_made_of_and_what_would_give_it_away() {
    // The second ward has had 3 talks in all.
    let truth = table(&[3, 2], &[20, 3, 30, 40, 0, 50]);
    let hidden = suppress(&truth, 5);
    assert!(hidden[truth.place(&[1, 2])] && hidden[truth.place(&[1, 0])]);
    assert!(!hidden[truth.place(&[3, 2])], "the grand total is shown");
    assert_eq!(
        (0..3)
            .filter(|ward| hidden[truth.place(&[*ward, 2])])
            .count(),
        2
    );
    assert_no_single_gap(&truth, &hidden);
}

#[test]
fn hf_7_nothing_is_hidden_where_policy_shows_all() {
    let truth = table(&[2, 2], &[1, 2, 0, 3]);
    assert!(suppress(&truth, 1).iter().all(|one| !one));
    assert!(suppress(&truth, 0).iter().all(|one| !one));
    assert!(suppress(&table(&[2, 2], &[0; 4]), 5).iter().all(|one| !one));
    let large = table(&[2, 2], &[5, 6, 0, 7]);
    assert!(suppress(&large, 5).iter().all(|one| !one));
}

#[test]
fn hf_7_a_single_small_count_hides_the_grand_total_too() {
    for base in [[0, 0, 3, 0], [3, 0, 0, 0]] {
        assert_safe(&[2, 2], &base, 5);
    }
    assert_safe(&[1, 3], &[4, 4, 4], 5);
    assert_safe(&[1, 1], &[4], 5);
}

#[test]
fn hf_7_a_year_of_a_programme_keeps_its_large_totals() {
    // 22 wards, 12 months, 3 subtypes, patient or relative, 3 phases; about 9,000 talks.
    let sizes = [22, 12, 3, 2, 3];
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
        (state >> 33) % below
    };
    let base: Vec<u64> = (0..sizes.iter().product::<usize>())
        .map(|index| {
            let busy = 1 + (index % 22) as u64 / 6;
            random(busy + 1) * random(2)
        })
        .collect();
    let truth = table(&sizes, &base);
    let hidden = suppress(&truth, 5);
    assert_no_single_gap(&truth, &hidden);
    let shown = |at: &[usize]| !hidden[truth.place(at)];
    assert!(shown(&[22, 12, 3, 2, 3]));
    for month in 0..12 {
        assert!(shown(&[22, month, 3, 2, 3]), "month {month}");
    }
    for ward in 0..22 {
        assert!(shown(&[ward, 12, 3, 2, 3]), "ward {ward}");
    }
    let places = (0..truth.places()).filter(|place| truth.cell(*place).count >= 5);
    let (all, kept) = places.fold((0, 0), |(all, kept), place| {
        (all + 1, kept + u32::from(!hidden[place]))
    });
    assert!(kept * 2 > all, "{kept} of {all}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn hf_7_no_hidden_cell_can_be_computed_in_two_dimensions(
        base in prop::collection::vec(0_u64..=4, 6), smallest in 2_u64..=5,
    ) {
        assert_safe(&[2, 3], &base, smallest);
        assert_safe(&[3, 2], &base, smallest);
        assert_safe(&[1, 6], &base, smallest);
    }

    #[test]
    fn hf_7_no_hidden_cell_can_be_computed_among_large_ones(
        base in prop::collection::vec(prop_oneof![Just(0_u64), 1_u64..=2, 4_u64..=5], 6),
    ) {
        assert_safe(&[2, 3], &base, 3);
    }

    #[test]
    fn hf_7_the_same_data_give_the_same_answer(base in prop::collection::vec(0_u64..=9, 12)) {
        let truth = table(&[3, 4], &base);
        prop_assert_eq!(suppress(&truth, 5), suppress(&truth, 5));
        assert_no_single_gap(&truth, &suppress(&truth, 5));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn hf_7_no_hidden_cell_can_be_computed_in_three_dimensions(
        base in prop::collection::vec(0_u64..=3, 8), smallest in 2_u64..=4,
    ) {
        assert_safe(&[2, 2, 2], &base, smallest);
    }
}
