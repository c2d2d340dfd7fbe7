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
/// Arrays do not go through the connection that is two engines; a chain of ORs does.
pub fn one_of<C, V>(column: C, values: &[V]) -> Condition<C::Table>
where
    C: Column + ExpressionMethods + Copy + 'static,
    C::SqlType: SqlType + SingleValue,
    V: AsExpression<C::SqlType> + Copy,
    V::Expression: Expression<SqlType = C::SqlType>,
    Eq<C, V>: BoxableExpression<C::Table, MultiBackend, SqlType = Bool> + 'static,
    C::Table: 'static,
{
    let mut each = values
        .iter()
        .map(|value| -> Condition<C::Table> { Box::new(column.eq(*value)) });
    match each.next() {
        Some(first) => each.fold(first, |any, next| Box::new(any.or(next))),
        None => Box::new(diesel::dsl::sql::<Bool>("1 = 0")),
    }
}
