//! What each operation of administrators must refuse, beside what any must.

mod imports;
mod keys;
mod management;
mod many_keys;
mod reports;
mod routing;
mod tokens;
mod users;

use serde_json::Value;

use super::calls::Things;

/// What goes along.
#[derive(Debug)]
pub enum Sent {
    Nothing,
    Json(Value),
    Raw(&'static str, Vec<u8>),
}

/// A call that must be refused.
pub struct Bad {
    pub method: &'static str,
    /// The operation's path in the document.
    pub template: &'static str,
    /// The path as called.
    pub path: String,
    pub sent: Sent,
    pub status: u16,
}

/// Queries of this operation, each with what it must come to.
fn queries(template: &'static str, cases: &[(&str, u16)]) -> Vec<Bad> {
    let one = |(query, status): &(&str, u16)| Bad {
        method: "GET",
        template,
        path: format!("{template}?{query}"),
        sent: Sent::Nothing,
        status: *status,
    };
    cases.iter().map(one).collect()
}

/// Bodies of this operation, each with what it must come to.
fn bodies(
    method: &'static str,
    template: &'static str,
    cases: impl IntoIterator<Item = (Value, u16)>,
) -> Vec<Bad> {
    let one = |(body, status)| Bad {
        method,
        template,
        path: template.to_owned(),
        sent: Sent::Json(body),
        status,
    };
    cases.into_iter().map(one).collect()
}

/// Nothing but the path.
fn bare(method: &'static str, template: &'static str, status: u16) -> Bad {
    Bad { method, template, path: template.to_owned(), sent: Sent::Nothing, status }
}

trait Of {
    /// With this in place of `{id}`.
    fn of(self, id: impl ToString) -> Self;
}

impl Of for Bad {
    fn of(mut self, id: impl ToString) -> Self {
        self.path = self.path.replace("{id}", &id.to_string());
        self
    }
}

impl Of for Vec<Bad> {
    fn of(self, id: impl ToString) -> Self {
        self.into_iter().map(|bad| bad.of(id.to_string())).collect()
    }
}

/// An id that nothing has.
const NOBODY: i64 = 999_999;

/// As [`queries`], by another method.
fn with_query(method: &'static str, template: &'static str, cases: &[(&str, u16)]) -> Vec<Bad> {
    let mut calls = queries(template, cases);
    calls.iter_mut().for_each(|bad| bad.method = method);
    calls
}

/// All of them.
pub fn all(things: &Things) -> Vec<Bad> {
    let groups = [
        reports::reports(),
        keys::keys(things),
        many_keys::many_keys(things),
        imports::jobs(),
        imports::imports(),
        tokens::tokens(things),
        users::users(things),
        routing::routing(),
        management::management(things),
    ];
    groups.into_iter().flatten().collect()
}
