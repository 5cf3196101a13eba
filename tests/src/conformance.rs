//! Compares what the service answers with the OpenAPI document: every response of every test, and
//! every request that was accepted.

use std::sync::LazyLock;

use relatch_http::openapi::{Version, document};
use serde_json::{Map, Value};

use crate::response::Response;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document(Version::V31));

/// Fails the test unless the document describes this response to this call, and the body of a call
/// that succeeded. Calls that no operation describes are not compared.
pub fn check(method: &str, path: &str, body: &[u8], response: &Response) {
    // A hook answers with a response of the application, which has none of the service's headers.
    if response.header("x-content-type-options").is_none() {
        return;
    }
    let Some(operation) = operation(method, path) else { return };
    if let Err(reason) = compare(operation, path, body, response) {
        panic!("{method} {path} with {}: {reason}", response.status);
    }
}

/// Returns the operation of a path, without the prefix of an application.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = local(path);
    let paths = DOCUMENT["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| matches(template, path))?;
    // Methods are case-sensitive.
    let name = method.to_ascii_lowercase();
    item.get(name).filter(|_| method == method.to_ascii_uppercase())
}

fn local(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/apps/") else { return path };
    rest.find('/').map_or("", |end| &rest[end..])
}

fn matches(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(name), Some(segment)) if name.starts_with('{') && !segment.is_empty() => {}
            (Some(name), Some(segment)) if name == segment => {}
            _ => return false,
        }
    }
}

fn compare(operation: &Value, path: &str, body: &[u8], response: &Response) -> Result<(), String> {
    let described = match operation["responses"].get(response.status.to_string()) {
        Some(described) => resolved(described),
        // An unknown application.
        None if response.status == 404 && path.starts_with("/apps/") => return Ok(()),
        None => return Err("the status is not described".to_owned()),
    };
    for (name, header) in object(described, "headers") {
        let is_required = resolved(header)["required"] == true;
        if is_required && response.header(&name.to_ascii_lowercase()).is_none() {
            return Err(format!("the header {name} is missing"));
        }
    }
    let content = object(described, "content");
    match response.header("content-type").map(|value| value.split(';').next().unwrap_or_default()) {
        None if content.is_empty() && response.body.is_empty() => {}
        None => return Err("the response has no media type".to_owned()),
        Some(media_type) => {
            let Some(described) = content.get(media_type) else {
                return Err(format!("the media type {media_type} is not described"));
            };
            if media_type.ends_with("json") {
                validate(&described["schema"], &response.json(), "response")?;
            }
        }
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if (200..300).contains(&response.status) && !schema.is_null() {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let body = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        validate(schema, &body, "request")?;
    }
    Ok(())
}

fn object<'a>(value: &'a Value, name: &str) -> &'a Map<String, Value> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.get(name).and_then(Value::as_object).unwrap_or(&EMPTY)
}

/// Follows a reference.
fn resolved(value: &Value) -> &Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(pointer) => {
            DOCUMENT.pointer(pointer.trim_start_matches('#')).expect("a reference leads somewhere")
        }
        None => value,
    }
}

/// Validates a value by the keywords of JSON Schema that the document uses.
fn validate(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if schema.get("$ref").is_some() {
        validate(resolved(schema), value, at)?;
    }
    let list = |name: &str| schema.get(name).and_then(Value::as_array).into_iter().flatten();
    for part in list("allOf") {
        validate(part, value, at)?;
    }
    for (keyword, limit) in [("oneOf", 1), ("anyOf", usize::MAX)] {
        let valid = list(keyword).filter(|part| validate(part, value, at).is_ok()).count();
        if schema.get(keyword).is_some() && !(1..=limit).contains(&valid) {
            return Err(format!("{at} is valid for {valid} of {keyword}"));
        }
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| has_type(value, name)) {
        return Err(format!("{at} must be {}: {value}", types.join(" or ")));
    }
    if schema.get("enum").is_some() && !list("enum").any(|allowed| allowed == value) {
        return Err(format!("{at} must be one of {}: {value}", schema["enum"]));
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let (least, most, measured) = match value {
        Value::String(text) => {
            let pattern = schema.get("pattern").and_then(Value::as_str);
            let is_token = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
            if pattern == Some("^[A-Za-z0-9_-]*$") && !text.chars().all(is_token) {
                return Err(format!("{at} must be base64url"));
            }
            let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            (bound("minLength"), bound("maxLength"), f64::from(length))
        }
        other => (bound("minimum"), bound("maximum"), other.as_f64().unwrap_or_default()),
    };
    if least.is_some_and(|least| measured < least) || most.is_some_and(|most| measured > most) {
        return Err(format!("{at} is out of bounds"));
    }
    for name in list("required").filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at}/{name} is missing"));
        }
    }
    let properties = object(schema, "properties");
    for (name, property) in value.as_object().into_iter().flatten() {
        match properties.get(name) {
            Some(schema) => validate(schema, property, &format!("{at}/{name}"))?,
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                return Err(format!("{at}/{name} is not described"));
            }
            None => {}
        }
    }
    match (schema.get("items"), value.as_array()) {
        (Some(schema), Some(items)) => {
            items.iter().try_for_each(|item| validate(schema, item, &format!("{at}/item")))
        }
        _ => Ok(()),
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(status: u16, content_type: &str, body: &Value) -> Response {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Response { status, headers, body: body.to_string() }
    }

    fn compared(body: &Value, response: &Response) -> Result<(), String> {
        let path = "/password/reset/request";
        let operation = operation("POST", path).expect("the call is described");
        compare(operation, path, body.to_string().as_bytes(), response)
    }

    #[test]
    fn a_response_that_is_not_described_is_an_error() {
        let asked = json!({ "identifier": "ada" });
        let accepted = json!({ "message": "sent" });
        assert_eq!(compared(&asked, &response(200, "application/json", &accepted)), Ok(()));
        for (body, response, reason) in [
            (&asked, response(418, "application/json", &accepted), "status"),
            (&asked, response(200, "text/plain", &accepted), "media type"),
            (&asked, response(200, "application/json", &json!({})), "response/message"),
            (&json!({}), response(200, "application/json", &accepted), "oneOf"),
            (
                &json!({ "identifier": "ada", "email": "ada@example.com" }),
                response(200, "application/json", &accepted),
                "oneOf",
            ),
            (
                &asked,
                response(
                    400,
                    "application/problem+json",
                    &json!({ "type": "", "title": "", "status": 400, "code": "link_used" }),
                ),
                "code must be one of",
            ),
            (&asked, response(429, "application/problem+json", &json!({})), "Retry-After"),
        ] {
            let error = compared(body, &response).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn an_application_has_the_operations_under_its_path() {
        assert!(operation("POST", "/apps/shop/password/reset/check").is_some());
        assert!(operation("POST", "/pub/applications/x/requests/resetpassword/a/send").is_some());
        assert!(operation("GET", "/password/reset/check").is_none());
        assert!(operation("POST", "/password/reset/check/").is_none());
    }
}
