//! The schemas of values that have no derived one: secrets, and codes with a table.

use alloc::{borrow::Cow, vec::Vec};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Password, Reason, token::TOKEN_CHARACTERS, wire::RawToken};

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password" })
    }
}

impl JsonSchema for RawToken {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Token".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": TOKEN_CHARACTERS,
            "maxLength": TOKEN_CHARACTERS,
            "pattern": "^[A-Za-z0-9_-]*$",
        })
    }
}

impl JsonSchema for Reason {
    fn schema_name() -> Cow<'static, str> {
        "Reason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Self::ALL.iter().map(|reason| reason.as_str()).collect();
        json_schema!({
            "description": "Why a password was rejected. Later versions may add reasons.",
            "type": "string",
            "enum": names,
        })
    }
}
