//! The signature of requests to AWS, version 4:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! It is written here, over the crates `hmac` and `sha2`, because the crate `aws-sigv4` brings the
//! runtime of the SDK with it. The tests have vectors of AWS.

use hmac::Mac as _;
use relatch_domain::values::keys::hex;
use sha2::{Digest as _, Sha256};

use super::mac::hmac;

/// A request without a query, whose path needs no encoding.
pub struct Signable<'a> {
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// The headers that are signed: lower-case names, in alphabetical order.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The access key, and what a signature is valid for.
pub struct Signer<'a> {
    /// The access key id.
    pub key_id: &'a str,
    /// The secret access key.
    pub secret: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service.
    pub service: &'a str,
    /// The time, as in `20150830T123600Z`. The header `x-amz-date` has the same.
    pub time: &'a str,
}

impl Signer<'_> {
    /// Returns the header `Authorization` of a request.
    #[must_use]
    pub fn authorization(&self, request: &Signable<'_>) -> String {
        let Self { key_id, secret, region, service, time } = self;
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines = request.headers.iter().flat_map(|(name, value)| [*name, ":", *value, "\n"]);
        let headers: String = lines.collect();
        let body = hex(&Sha256::digest(request.body));
        let canonical = [request.method, request.path, "", &headers, &names, &body].join("\n");
        let date = time.split('T').next().unwrap_or_default();
        let scope = [date, region, service, "aws4_request"].join("/");
        let text = ["AWS4-HMAC-SHA256", time, &scope, &hex(&Sha256::digest(canonical))].join("\n");
        let key = format!("AWS4{secret}").into_bytes();
        let steps = [date, region, service, "aws4_request", &text];
        let signature = steps
            .into_iter()
            .fold(key, |key, step| hmac(&key, &[step.as_bytes()]).finalize().into_bytes().to_vec());
        format!(
            "AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={}",
            hex(&signature)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNER: Signer<'_> = Signer {
        key_id: "AKIDEXAMPLE",
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region: "us-east-1",
        service: "service",
        time: "20150830T123600Z",
    };
    const HOST: (&str, &str) = ("host", "example.amazonaws.com");
    const DATE: (&str, &str) = ("x-amz-date", "20150830T123600Z");
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    /// `get-vanilla`, `post-vanilla` and `post-x-www-form-urlencoded` of the AWS Signature Version 4
    /// test suite.
    #[test]
    fn the_signatures_are_those_of_the_test_suite_of_aws() {
        for (method, headers, body, names, signature) in [
            (
                "GET",
                &[HOST, DATE][..],
                "",
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "POST",
                &[HOST, DATE],
                "",
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "POST",
                &[FORM, HOST, DATE],
                "Param1=value1",
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            let request = Signable { method, path: "/", headers, body: body.as_bytes() };
            let scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
            assert_eq!(
                SIGNER.authorization(&request),
                format!(
                    "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, \
                     Signature={signature}"
                )
            );
        }
    }
}
