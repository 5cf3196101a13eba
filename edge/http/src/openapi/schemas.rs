//! The schemas of bodies. Those of responses are derived from the types that are serialized. Those
//! of requests are derived from the types that are decoded, with the combinations of fields that
//! the decoder accepts.

use relatch::wire::{
    ChangePassword, CheckLink, ConfirmReset, Health, LinkState, Message, RepeatedPassword,
    RequestReset,
};
use relatch::{Code, PasswordRules, Problem};
use schemars::Schema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use super::Version;
use crate::decode::Body;
use crate::decode::{DEFAULT_EVENTS, MAX_EVENTS};
use crate::dialects::{cloudcms, flask, rest};
use crate::operator;
use crate::server::{Events, Mailed, Recent, Status};
use relatch_domain::application::LIFETIME_MINUTES;
use relatch_domain::use_cases::server::Subject;
use relatch_domain::values::name::MAX_LENGTH;

/// A combination of fields that a call accepts: its title (empty if it is the only one), the
/// required fields, the optional ones.
type Variant = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The body of a request.
struct RequestBody {
    /// The name of the component.
    name: &'static str,
    description: String,
    /// The fields that the decoder knows.
    fields: &'static [&'static str],
    /// The schemas of the fields.
    properties: Map<String, Value>,
    variants: &'static [Variant],
}

/// Removes `null` from optional properties: they are absent instead.
#[derive(Clone)]
struct AbsentInsteadOfNull;

impl Transform for AbsentInsteadOfNull {
    fn transform(&mut self, schema: &mut Schema) {
        let required: Vec<Value> =
            schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (name, property) in properties {
                if !required.iter().any(|required| required == name) {
                    remove_null(property);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

fn remove_null(property: &mut Value) {
    let Some(property) = property.as_object_mut() else { return };
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = property.get_mut("anyOf") {
        any.retain(|schema| *schema != json!({ "type": "null" }));
        if let [Value::Object(only)] = any.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}

fn generator(version: Version, contract: fn(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    let settings = match version {
        Version::V31 => SchemaSettings::draft2020_12(),
        Version::V30 => SchemaSettings::openapi3(),
    };
    let settings = settings.with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.transforms.insert(0, Box::new(AbsentInsteadOfNull));
    });
    contract(settings).into_generator()
}

/// Returns the schemas by their names.
pub(super) fn components(version: Version) -> Map<String, Value> {
    let mut schemas = responses(version);
    for body in requests(version) {
        schemas.insert(body.name.to_owned(), body.schema());
    }
    schemas
}

fn responses(version: Version) -> Map<String, Value> {
    let mut generator = generator(version, SchemaSettings::for_serialize);
    for add in [
        SchemaGenerator::subschema_for::<Message>,
        SchemaGenerator::subschema_for::<LinkState>,
        SchemaGenerator::subschema_for::<Health>,
        SchemaGenerator::subschema_for::<PasswordRules>,
        SchemaGenerator::subschema_for::<Problem>,
        SchemaGenerator::subschema_for::<Status>,
        SchemaGenerator::subschema_for::<Events>,
        SchemaGenerator::subschema_for::<operator::Page>,
        SchemaGenerator::subschema_for::<operator::Stats>,
        SchemaGenerator::subschema_for::<operator::Outbox>,
        SchemaGenerator::subschema_for::<flask::ErrorBody<'_>>,
        SchemaGenerator::subschema_for::<cloudcms::Done<'_>>,
    ] {
        add(&mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    if let Some(code) = schemas.get_mut("Problem").and_then(|it| it.pointer_mut("/properties/code"))
    {
        code["enum"] = json!(codes);
    }
    schemas
}

fn requests(version: Version) -> Vec<RequestBody> {
    let mut generator = generator(version, SchemaSettings::for_deserialize);
    for add in [
        SchemaGenerator::subschema_for::<RequestReset>,
        SchemaGenerator::subschema_for::<CheckLink>,
        SchemaGenerator::subschema_for::<ConfirmReset>,
        SchemaGenerator::subschema_for::<ChangePassword>,
        SchemaGenerator::subschema_for::<flask::Forgot>,
        SchemaGenerator::subschema_for::<flask::Reset>,
        SchemaGenerator::subschema_for::<cloudcms::Create>,
        SchemaGenerator::subschema_for::<cloudcms::Commit>,
    ] {
        add(&mut generator);
    }
    let definitions = generator.take_definitions(true);
    let mut bodies = derived_bodies(&definitions);
    bodies.extend(other_bodies(&definitions));
    bodies
}

/// Returns the bodies whose types have the fields of the wire.
fn derived_bodies(definitions: &Map<String, Value>) -> Vec<RequestBody> {
    vec![
        derived::<RequestReset>(
            "RequestReset",
            definitions,
            &[
                ("RequestResetByIdentifier", &["identifier"], &["locale", "captcha"]),
                ("RequestResetByUsername", &["username"], &["locale", "captcha"]),
                ("RequestResetByEmail", &["email"], &["locale", "captcha"]),
            ],
        ),
        derived::<CheckLink>("CheckLink", definitions, &[("", &["token"], &[])]),
        derived::<ConfirmReset>(
            "ConfirmReset",
            definitions,
            &[
                ("ConfirmResetOnce", &["token", "password"], &[]),
                ("ConfirmResetTwice", &["token", "plainPassword"], &[]),
            ],
        ),
        derived::<RepeatedPassword>(
            "RepeatedPassword",
            definitions,
            &[("", &["first", "second"], &[])],
        ),
        derived::<ChangePassword>("ChangePassword", definitions, &[("", &["old", "new"], &[])]),
        derived::<flask::Forgot>("FlaskForgot", definitions, &[("", &["email"], &[])]),
        derived::<flask::Reset>(
            "FlaskReset",
            definitions,
            &[("", &["reset_token", "password"], &[])],
        ),
        derived::<cloudcms::Create>(
            "CloudCmsCreate",
            definitions,
            &[("", &["principal"], &["email"])],
        ),
        derived::<cloudcms::Email>(
            "CloudCmsMail",
            definitions,
            &[("", &["body"], &["from", "replyTo", "subject"])],
        ),
        derived::<cloudcms::Commit>("CloudCmsCommit", definitions, &[("", &["password"], &[])]),
    ]
}

/// Returns the schema of the id of an account.
pub(super) fn account_id() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_LENGTH,
        "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$",
    })
}

/// Returns the schema of the number of events of a response.
pub(super) fn event_limit() -> Value {
    json!({
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_EVENTS,
        "default": DEFAULT_EVENTS,
    })
}

/// Returns the bodies that are decoded into something else than their fields.
fn other_bodies(definitions: &Map<String, Value>) -> Vec<RequestBody> {
    let field = |body: &str, field: &str| {
        let schema = definitions.get(body).and_then(|body| body.get("properties")?.get(field));
        (field.to_owned(), schema.cloned().unwrap_or_default())
    };
    let lifetime = json!({
        "description": "The lifetime of the link in minutes, without a decimal point, instead of \
            that of the configuration.",
        "type": "integer",
        "minimum": LIFETIME_MINUTES.start(),
        "maximum": LIFETIME_MINUTES.end(),
    });
    let mut account = account_id();
    account["description"] = "The id of an account.".into();
    let mut limit = event_limit();
    limit["description"] = "The maximum number of events, without a decimal point.".into();
    let names = ["identifier", "username", "email"].map(|name| field("RequestReset", name));
    let names = names.into_iter().chain([("account".to_owned(), account)]);
    vec![
        RequestBody {
            name: "Account",
            description: "Names an account. Exactly one field is set.".to_owned(),
            fields: Subject::FIELDS,
            properties: names.clone().collect(),
            variants: &[
                ("AccountById", &["account"], &[]),
                ("AccountByIdentifier", &["identifier"], &[]),
                ("AccountByUsername", &["username"], &[]),
                ("AccountByEmail", &["email"], &[]),
            ],
        },
        RequestBody {
            name: "LinkForAccount",
            description: "Names an account, and the lifetime of its link.".to_owned(),
            fields: Mailed::FIELDS,
            properties: names.clone().chain([("lifetime_minutes".to_owned(), lifetime)]).collect(),
            variants: &[
                ("LinkById", &["account"], &["lifetime_minutes"]),
                ("LinkByIdentifier", &["identifier"], &["lifetime_minutes"]),
                ("LinkByUsername", &["username"], &["lifetime_minutes"]),
                ("LinkByEmail", &["email"], &["lifetime_minutes"]),
            ],
        },
        RequestBody {
            name: "EventsQuery",
            description: "Names an account, and the maximum number of its events.".to_owned(),
            fields: Recent::FIELDS,
            properties: names.chain([("limit".to_owned(), limit)]).collect(),
            variants: &[
                ("EventsById", &["account"], &["limit"]),
                ("EventsByIdentifier", &["identifier"], &["limit"]),
                ("EventsByUsername", &["username"], &["limit"]),
                ("EventsByEmail", &["email"], &["limit"]),
            ],
        },
        RequestBody {
            name: "RestPassword",
            description: "Requests a mail, sets a password by a link, or changes it.".to_owned(),
            fields: rest::Put::FIELDS,
            properties: Map::from_iter([
                field("RequestReset", "email"),
                field("CheckLink", "token"),
                field("ChangePassword", "old"),
                field("ChangePassword", "new"),
            ]),
            variants: &[
                ("RestRequest", &["email"], &[]),
                ("RestReset", &["token", "new"], &[]),
                ("RestChange", &["old", "new"], &[]),
            ],
        },
    ]
}

/// Returns the body whose fields and description are those of its type.
fn derived<T: Body>(
    name: &'static str,
    definitions: &Map<String, Value>,
    variants: &'static [Variant],
) -> RequestBody {
    let schema = definitions.get(name).cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    RequestBody {
        name,
        description: schema["description"].as_str().unwrap_or_default().to_owned(),
        fields: T::FIELDS,
        properties: properties.cloned().unwrap_or_default(),
        variants,
    }
}

impl RequestBody {
    fn schema(&self) -> Value {
        let described = |mut schema: Value| {
            schema["description"] = self.description.as_str().into();
            schema
        };
        match self.variants {
            [only] => described(self.variant(only)),
            several => {
                let titled = |variant: &Variant| {
                    let mut schema = self.variant(variant);
                    schema["title"] = variant.0.into();
                    schema
                };
                let variants: Vec<Value> = several.iter().map(titled).collect();
                described(json!({ "oneOf": variants }))
            }
        }
    }

    fn variant(&self, (_, required, optional): &Variant) -> Value {
        let names = required.iter().chain(*optional).filter(|name| self.fields.contains(name));
        let properties: Map<String, Value> = names
            .filter_map(|name| {
                self.properties.get(*name).map(|schema| ((*name).to_owned(), schema.clone()))
            })
            .collect();
        json!({
            "type": "object",
            "required": required,
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_request_describes_the_fields_that_the_decoder_knows() {
        for version in [Version::V30, Version::V31] {
            for body in requests(version) {
                let known: BTreeSet<&str> = body.fields.iter().copied().collect();
                let described: BTreeSet<&str> =
                    body.properties.keys().map(String::as_str).collect();
                assert_eq!(described, known, "{}", body.name);
                let lists = body.variants.iter().flat_map(|variant| [variant.1, variant.2]);
                let named: BTreeSet<&str> = lists.flatten().copied().collect();
                assert_eq!(named, known, "{}", body.name);
                let combined = body
                    .variants
                    .iter()
                    .flat_map(|(_, required, optional)| required.iter().chain(*optional).copied());
                assert_eq!(combined.collect::<BTreeSet<_>>(), known, "{}", body.name);
            }
        }
    }

    #[test]
    fn no_request_accepts_null_or_an_unknown_field() {
        for (name, schema) in components(Version::V31) {
            let is_request = requests(Version::V31).iter().any(|body| body.name == name);
            let text = schema.to_string();
            assert!(!is_request || !text.contains("\"null\""), "{name}");
            assert!(!is_request || text.contains("\"additionalProperties\":false"), "{name}");
        }
    }
}
