//! Answers by route and class of status.

use std::cell::OnceCell;

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use metrics::Counter;

use crate::app::App;

/// The classes of statuses, in their order.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Where what no route takes is counted.
const UNMATCHED: &str = "unmatched";

/// Where the answers of one route are counted, a counter for each class. Each worker has its own
/// handles; they count together.
#[derive(Default)]
pub struct Answers([OnceCell<Counter>; CLASSES.len()]);

impl Answers {
    /// Counts an answer under the route's pattern, never the path that was asked for.
    pub fn count<B>(response: &ServiceResponse<B>) {
        let request = response.request();
        let Some(app) = request.app_data::<web::Data<App>>() else { return };
        let at = class(response.status());
        let Some(class) = CLASSES.get(at) else { return };
        let make = || app.metrics.answers(&route(request), class);
        // Whoever is turned away before the route is reached, or asks for none, is not worth a
        // handle that is kept.
        match request.app_data::<Self>().and_then(|own| own.0.get(at)) {
            Some(known) => known.get_or_init(make).increment(1),
            None => make().increment(1),
        }
    }
}

fn class(status: StatusCode) -> usize {
    usize::from(status.as_u16() / 100).saturating_sub(1)
}

fn route(request: &HttpRequest) -> String {
    request.match_pattern().map_or_else(|| UNMATCHED.to_owned(), |pattern| plain(&pattern))
}

/// `{id:.*}` as `{id}`.
fn plain(pattern: &str) -> String {
    let mut rest_of_part = false;
    let kept = pattern.chars().filter(|letter| {
        match letter {
            ':' => rest_of_part = true,
            '}' => rest_of_part = false,
            _ => {}
        }
        !rest_of_part
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_pattern_without_its_rules() {
        for (pattern, expected) in [
            ("/v1/models/{id:.*}", "/v1/models/{id}"),
            ("/dashboard/{tab:keys|tokens}", "/dashboard/{tab}"),
            ("/assets/{build}/{path:.+}", "/assets/{build}/{path}"),
            ("/health", "/health"),
        ] {
            assert_eq!(plain(pattern), expected);
        }
    }
}
