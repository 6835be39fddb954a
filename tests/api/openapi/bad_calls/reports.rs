//! Reports.

use super::{Bad, Of, bare, queries};

pub fn reports() -> Vec<Bad> {
    [
        queries("/admin/public-stats", &[("provider=nowhere", 404)]),
        queries("/admin/stats", &[("provider=nowhere", 404), ("provider=", 404)]),
        queries(
            "/admin/usage",
            &[
                ("group=colour", 422),
                ("by=minute", 422),
                ("format=xml", 422),
                ("from=yesterday", 422),
                ("from=2026-02-01&to=2026-01-01", 422),
                ("from=2001-01-01&to=2020-01-01", 422),
                ("by=hour&from=2025-01-01&to=2026-01-01", 422),
                ("model=%00", 422),
                ("provider=nowhere", 404),
            ],
        ),
        queries(
            "/admin/latency",
            &[("by=minute", 422), ("to=soon", 422), ("model=%00", 422), ("provider=nowhere", 404)],
        ),
        queries(
            "/admin/requests",
            &[
                ("outcome=odd", 422),
                ("status=9xx", 422),
                ("status=99", 422),
                ("cursor=x", 422),
                ("cursor=99999999999999999.x", 422),
                ("from=x", 422),
                ("search=%00", 422),
                ("model=%00", 422),
                ("provider=nowhere", 404),
            ],
        ),
        vec![bare("GET", "/admin/requests/{id}", 404).of("nothing")],
        queries("/admin/events", &[("topics=weather", 422), ("topics=stats", 400)]),
    ]
    .into_iter()
    .flatten()
    .collect()
}
