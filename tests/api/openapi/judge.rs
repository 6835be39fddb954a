//! The document, and what it says about an answer.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::support::Answer;

const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The names of what goes in and comes out.
pub struct Names {
    pub query: BTreeSet<String>,
    pub body: BTreeSet<String>,
    /// Of good answers, at any depth.
    pub answer: BTreeSet<String>,
}

/// Judges answers by the document.
pub struct Judge(Value);

impl Judge {
    /// By this document.
    pub fn new(document: &OpenApi) -> Self {
        Self(serde_json::to_value(document).expect("a document is JSON"))
    }

    /// Every operation, as `GET /path`.
    pub fn operations(&self) -> impl Iterator<Item = String> {
        self.each().map(|(verb, path, _)| format!("{} {path}", verb.to_uppercase()))
    }

    fn each(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.0["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, item)| {
            let verbs = item.as_object().expect("operations").iter();
            verbs
                .filter(|(verb, _)| VERBS.contains(&verb.as_str()))
                .map(move |(verb, operation)| (verb.as_str(), path.as_str(), operation))
        })
    }

    /// What the document says of an operation.
    pub fn operation(&self, method: &str, template: &str) -> &Value {
        &self.0["paths"][template][method.to_lowercase()]
    }

    /// The names that an operation is documented with.
    pub fn names(&self, method: &str, template: &str) -> Names {
        let operation = self.operation(method, template);
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let query = parameters.filter(|one| one["in"] == "query");
        let query = query.filter_map(|one| one["name"].as_str()).map(str::to_owned).collect();
        let (mut body, mut answer) = (BTreeSet::new(), BTreeSet::new());
        self.collect(&operation["requestBody"], &mut body);
        let responses = operation["responses"].as_object().expect("responses").iter();
        let good = responses.filter(|(status, _)| status.starts_with('2'));
        good.for_each(|(_, response)| self.collect(response, &mut answer));
        Names { query, body, answer }
    }

    /// The names of all properties in it and in what it refers to.
    fn collect(&self, schema: &Value, names: &mut BTreeSet<String>) {
        match schema {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), field) {
                        ("$ref", Value::String(to)) => {
                            let to = self.0.pointer(to.trim_start_matches('#'));
                            self.collect(to.expect("what is referred to"), names);
                        }
                        ("properties", Value::Object(properties)) => {
                            names.extend(properties.keys().cloned());
                            properties.values().for_each(|one| self.collect(one, names));
                        }
                        ("example" | "examples", _) => {}
                        _ => self.collect(field, names),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, names)),
            _ => {}
        }
    }

    /// The methods of a path.
    pub fn methods(&self, template: &str) -> Vec<String> {
        let methods = self.0["paths"][template].as_object().expect("a path").keys();
        methods.map(|verb| verb.to_uppercase()).collect()
    }

    /// Whether it is an error in the admin API's words.
    pub fn error(&self, answer: &Answer) -> Result<(), String> {
        self.fits(&json!({"$ref": "#/components/schemas/AdminError"}), &answer.json())
    }

    /// Whether this answer to this operation is documented, in status, kind and shape.
    pub fn answer(&self, method: &str, template: &str, answer: &Answer) -> Result<(), String> {
        let operation = self.operation(method, template);
        if !operation.is_object() {
            return Err("the operation is not documented".to_owned());
        }
        let response = &operation["responses"][answer.status.to_string()];
        if !response.is_object() {
            return Err(format!("{} is not documented", answer.status));
        }
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            let empty = answer.body.is_empty();
            return if empty { Ok(()) } else { Err("a body nobody documented".to_owned()) };
        };
        let sent = answer.header("content-type").unwrap_or_default();
        let kind = sent.split(';').next().unwrap_or_default();
        let Some(documented) = content.get(kind) else {
            return Err(format!("{kind} is none of {:?}", content.keys()));
        };
        let is_json = kind == "application/json";
        if is_json { self.fits(&documented["schema"], &answer.json()) } else { Ok(()) }
    }

    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        let validator = jsonschema::validator_for(&whole).expect("a schema");
        let fault = |e: jsonschema::ValidationError<'_>| format!("{}: {e}", e.instance_path());
        let faults: Vec<_> = validator.iter_errors(value).map(fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("{faults:?} in {value}")) }
    }

    /// What the document leaves out.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (verb, path, operation) in self.each() {
            let mut miss = |what: &str| faults.push(format!("{verb} {path}: {what}"));
            if operation["summary"].as_str().is_none_or(str::is_empty) {
                miss("no summary");
            }
            if operation["tags"].as_array().is_none_or(Vec::is_empty) {
                miss("no tag");
            }
            let responses = &operation["responses"];
            let admin = path.starts_with("/admin/") && path != "/admin/public-stats";
            let error = json!("#/components/schemas/AdminError");
            let refused = &responses["401"]["content"]["application/json"]["schema"]["$ref"];
            if admin && *refused != error {
                miss("no 401 with its error");
            }
            if admin && operation["security"].is_null() && self.0["security"].is_null() {
                miss("no security");
            }
            let body = &operation["requestBody"]["content"]["application/json"];
            if body.is_object() && !self.has_example(body) {
                miss("no example of the body");
            }
        }
        faults.extend(self.loose_ends(&self.0, "#"));
        faults
    }

    /// Whether there is an example in it, or in what it refers to.
    fn has_example(&self, body: &Value) -> bool {
        match body {
            Value::Object(fields) => fields.iter().any(|(name, field)| {
                let there = name == "$ref" && {
                    let to = field.as_str().unwrap_or_default().trim_start_matches('#');
                    self.0.pointer(to).is_some_and(|schema| self.has_example(schema))
                };
                name.starts_with("example") || there || self.has_example(field)
            }),
            Value::Array(items) => items.iter().any(|item| self.has_example(item)),
            _ => false,
        }
    }

    /// References to nothing.
    fn loose_ends(&self, value: &Value, place: &str) -> Vec<String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .flat_map(|(name, field)| match (name.as_str(), field.as_str()) {
                    ("$ref", Some(to)) if self.0.pointer(to.trim_start_matches('#')).is_none() => {
                        vec![format!("{place}: {to} is not there")]
                    }
                    _ => self.loose_ends(field, &format!("{place}/{name}")),
                })
                .collect(),
            Value::Array(items) => {
                items.iter().flat_map(|item| self.loose_ends(item, place)).collect()
            }
            _ => Vec::new(),
        }
    }
}
