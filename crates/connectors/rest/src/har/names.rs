//! Which names of headers, parameters and members stand for secrets.

/// Parts of names, without case and punctuation.
const SECRET: [&str; 19] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "authorization",
    "cookie",
    "assertion",
    "credential",
    "signature",
    "session",
    "bearer",
    "jwt",
    "samlresponse",
];

/// Whole names, too short to be looked for inside others.
const SECRET_WHOLE: [&str; 4] = ["otp", "totp", "pin", "sig"];

/// Names that are secrets in an address or a form; elsewhere a `code` is an error's and a `key` a field's.
const SECRET_PARAMETER: [&str; 4] = ["code", "key", "auth", "nonce"];

/// Names that only look like secrets.
const HARMLESS: [&str; 7] = [
    "tokentype",
    "tokentypehint",
    "pagetoken",
    "nextpagetoken",
    "passwordpolicy",
    "changepassword",
    "wwwauthenticate",
];

/// Whether what stands under this name is secret.
pub(super) fn is_secret(name: &str) -> bool {
    let plain = plain(name);
    if HARMLESS.contains(&plain.as_str()) {
        return false;
    }
    SECRET_WHOLE.contains(&plain.as_str()) || SECRET.iter().any(|part| plain.contains(part))
}

/// Whether a parameter of an address or a field of a form is secret.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_secret(name) || SECRET_PARAMETER.contains(&plain(name).as_str())
}

/// Whether a header is secret; some systems name theirs freely, so that anything about authentication counts.
pub(super) fn is_secret_header(name: &str) -> bool {
    let plain = plain(name);
    is_secret(name) || (plain.contains("auth") && !HARMLESS.contains(&plain.as_str()))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
