//! Conditions that are put together while the program runs.

use diesel::dsl::Eq;
use diesel::expression::{AsExpression, Expression};
use diesel::prelude::*;
use diesel::sql_types::{Bool, SingleValue, SqlType};

use super::connection::MultiBackend;

/// A condition on the rows of `T`, whatever it is made of.
pub type Condition<T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Bool>>;

/// That a column is one of these values; true of no row where there are none.
///
/// Arrays do not go through the connection that is two engines; ORs do.
pub fn one_of<C, V>(column: C, values: &[V]) -> Condition<C::Table>
where
    C: Column + ExpressionMethods + Copy + 'static,
    C::SqlType: SqlType + SingleValue,
    C::Table: 'static,
    V: AsExpression<C::SqlType> + Copy,
    V::Expression: Expression<SqlType = C::SqlType>,
    Eq<C, V>: BoxableExpression<C::Table, MultiBackend, SqlType = Bool> + 'static,
{
    let any: Vec<Condition<C::Table>> = values
        .iter()
        .map(|value| -> Condition<C::Table> { Box::new(column.eq(*value)) })
        .collect();
    any_of(any).unwrap_or_else(|| Box::new(diesel::dsl::sql::<Bool>("1 = 0")))
}

/// That one of these conditions holds; none where there are none. They are put together as a
/// balanced tree: `SQLite` refuses an expression that is a thousand deep.
#[must_use]
pub fn any_of<T: 'static>(mut any: Vec<Condition<T>>) -> Option<Condition<T>> {
    while any.len() > 1 {
        let mut each = any.into_iter();
        let mut pairs: Vec<Condition<T>> = Vec::with_capacity(each.len().div_ceil(2));
        while let Some(one) = each.next() {
            pairs.push(match each.next() {
                Some(other) => Box::new(one.or(other)),
                None => one,
            });
        }
        any = pairs;
    }
    any.pop()
}
