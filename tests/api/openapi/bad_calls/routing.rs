//! Providers, aliases and fallbacks.

use serde_json::{Value, json};

use super::{Bad, Of, bare, bodies, with_query};

pub fn routing() -> Vec<Bad> {
    let (providers, provider) = ("/admin/providers", "/admin/providers/{id}");
    let url = "https://9.9.9.9/v1";
    let to = |to: Value| json!({"model": "a", "to": to});
    let place = json!({"provider": "openrouter", "model": "b"});
    [
        bodies(
            "POST",
            providers,
            [
                (json!({}), 422),
                (json!({"id": "new"}), 422),
                (json!({"id": "NEW", "base_url": url}), 422),
                (json!({"id": "admin", "base_url": url}), 422),
                (json!({"id": "ollama", "base_url": url}), 409),
                (json!({"id": "new", "base_url": "http://169.254.169.254/v1"}), 422),
                (json!({"id": "new", "base_url": "no url"}), 422),
                (json!({"id": "new", "base_url": url, "kind": "odd"}), 422),
                (json!({"id": "new", "base_url": url, "enabled": "yes"}), 422),
            ],
        ),
        bodies(
            "PATCH",
            provider,
            [
                (json!({"name": ""}), 422),
                (json!({"kind": 1}), 422),
                (json!({"base_url": url}), 422),
            ],
        )
        .of("ollama"),
        bodies("PATCH", provider, [(json!({"name": "New"}), 404)]).of("nowhere"),
        vec![
            bare("DELETE", provider, 422).of("ollama"),
            bare("DELETE", provider, 404).of("nowhere"),
        ],
        vec![bare("POST", "/admin/providers/{id}/test", 404).of("nowhere")],
        bodies(
            "POST",
            "/admin/providers/{id}/confirm",
            [(json!({"base_url": url, "kind": "openai"}), 404)],
        )
        .of("nowhere"),
        bodies(
            "POST",
            "/admin/providers/{id}/confirm",
            [(json!({}), 422), (json!({"base_url": url}), 422), (json!({"kind": 1}), 422)],
        )
        .of("ollama"),
        bodies(
            "POST",
            "/admin/aliases",
            [
                (json!({}), 422),
                (json!({"alias": "a", "model": "a"}), 422),
                (json!({"alias": "", "model": "b"}), 422),
                (json!({"alias": "a", "model": "b\u{0}"}), 422),
                (json!({"alias": "a", "model": 5}), 422),
                (json!({"alias": "a", "model": "b", "provider": "nowhere"}), 404),
            ],
        ),
        with_query(
            "DELETE",
            "/admin/aliases",
            &[
                ("", 422),
                ("alias=nothing", 404),
                ("alias=%00", 404),
                ("alias=a&provider=nowhere", 404),
            ],
        ),
        bodies(
            "PUT",
            "/admin/fallbacks",
            [
                (json!({}), 422),
                (to(json!([])), 422),
                (to(json!("b")), 422),
                (to(json!([{"provider": "openrouter"}])), 422),
                (to(json!([{"provider": "ollama", "model": "a"}])), 422),
                (to(json!([place, place])), 422),
                (to(json!([{"provider": "nowhere", "model": "b"}])), 404),
                (json!({"model": "", "to": [place]}), 422),
                (json!({"model": "a", "provider": "nowhere", "to": [place]}), 404),
            ],
        ),
        with_query(
            "DELETE",
            "/admin/fallbacks",
            &[
                ("", 422),
                ("model=nothing", 404),
                ("model=%00", 404),
                ("model=a&provider=nowhere", 404),
            ],
        ),
        bodies(
            "POST",
            "/admin/circuit-breakers/close",
            [
                (json!({}), 422),
                (json!({"provider": 5}), 422),
                (json!({"provider": "nobody"}), 404),
                (json!({"provider": "ollama", "model": ""}), 422),
                (json!({"provider": "ollama", "model": "x".repeat(513)}), 422),
                (json!({"provider": "ollama", "modle": "x"}), 422),
            ],
        ),
        bodies(
            "POST",
            "/admin/cache/clear",
            [
                (json!({"pattern": ""}), 422),
                (json!({"pattern": "x".repeat(301)}), 422),
                (json!({"pattern": 5}), 422),
                (json!({"scope": "odd"}), 422),
                (json!({"scoop": "models"}), 422),
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
