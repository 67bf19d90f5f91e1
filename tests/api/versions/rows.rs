//! What is seen at which version. Source: `docs/behaviour/versions.md` section 1.

/// One row: its name in the table, and what is seen of it, oldest version first.
pub struct Row {
    pub name: &'static str,
    pub seen: &'static [(&'static str, &'static str)],
}

const fn row(name: &'static str, seen: &'static [(&'static str, &'static str)]) -> Row {
    Row { name, seen }
}

pub const RULES: &[Row] = &[
    row(
        "body_types",
        &[
            ("6.4.0", "200 bio: 5"),
            ("8.2.9", "200 bio: 5"),
            ("8.3.0", "400 must be string [invalid-params]"),
            ("8.5.9", "400 must be string [invalid-params]"),
            ("8.6.0", "200 bio: 5"),
        ],
    ),
    row(
        "scalar_body",
        &[
            ("8.2.9", "400 must have required property 'data' [invalid-params]"),
            ("8.3.0", "400 must be object [invalid-params]"),
            ("8.6.9", "400 must be object"),
            ("8.7.0", "400 must have required property 'data'"),
        ],
    ),
    row(
        "custom_fields_in_data",
        &[
            ("6.4.0", "200 customFields: { \"note\": \"inside\" }"),
            ("7.99.9", "200 customFields: { \"note\": \"inside\" }"),
            ("8.0.0", "400 must NOT have additional properties [invalid-params]"),
        ],
    ),
    row(
        "nested_forms",
        &[
            ("6.4.0", "200 bio: nested"),
            ("7.6.9", "200 bio: nested"),
            ("7.7.0", "400 must have required property 'data' [invalid-params]"),
        ],
    ),
    row(
        "name_characters_checked",
        &[("6.10.0", "200 name: a<b"), ("6.10.1", "400 Name contains invalid characters")],
    ),
    row("reply", &[("7.7.9", "bcrypt"), ("7.8.0", "exists")]),
    row(
        "unauthorized",
        &[
            ("7.6.9", r#"401 {"status":"error","message":"You must be logged in to do this."}"#),
            (
                "7.7.0",
                r#"401 {"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
            ),
            (
                "8.99.9",
                r#"401 {"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
            ),
            ("9.0.0", r#"401 {"success":false,"error":"You must be logged in to do this."}"#),
        ],
    ),
    row(
        "body_error",
        &[
            (
                "8.5.9",
                r#"400 {"success":false,"error":"must have required property 'data' [invalid-params]","errorType":"invalid-params"}"#,
            ),
            (
                "8.6.0",
                r#"400 {"success":false,"errorType":"invalid-params","error":"must have required property 'data'"}"#,
            ),
        ],
    ),
    row(
        "not_allowed",
        &[
            (
                "8.99.9",
                r#"400 {"success":false,"error":"Cannot change username for federated users or users in federated rooms [error-not-allowed]","errorType":"error-not-allowed","details":{"method":"setUsername"}}"#,
            ),
            (
                "9.0.0",
                r#"403 {"success":false,"error":"Cannot change username for federated users or users in federated rooms [error-not-allowed]","errorType":"error-forbidden"}"#,
            ),
        ],
    ),
    row(
        "cache_headers",
        &[
            ("8.2.9", "401 no-store, 400 no-store, 200 no-store"),
            ("8.3.0", "401, 400 no-store, 200 no-store"),
            ("8.5.9", "401, 400 no-store, 200 no-store"),
            ("8.6.0", "401, 400, 200 no-store"),
        ],
    ),
    row(
        "cors_headers",
        &[
            ("7.6.9", "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token"),
            (
                "7.7.0",
                "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization",
            ),
            (
                "8.6.9",
                "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization",
            ),
            (
                "8.7.0",
                "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization, MCP-Protocol-Version",
            ),
        ],
    ),
    row("method_failure", &[("7.99.9", "200 success: true"), ("8.0.0", "400 success: false")]),
    row(
        "has_save_user_profile",
        &[("7.99.9", "\"result\":true"), ("8.0.0", "Method 'saveUserProfile' not found [404]")],
    ),
    row(
        "login",
        &[
            ("7.6.9", r#"401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}"#),
            (
                "7.7.0",
                r#"401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}"#,
            ),
        ],
    ),
    row(
        "tells_ended_sessions",
        &[
            (
                "6.99.9",
                r#"401 {"status":"error","error":403,"message":"Your session has expired. Please log in again."}"#,
            ),
            ("7.0.0", r#"401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}"#),
        ],
    ),
    row(
        "second_factor",
        &[
            ("7.9.9", "400 TOTP Required [totp-required]"),
            ("7.10.0", "200 emails.0.address: first@example.com"),
        ],
    ),
    row(
        "clears_forced_password_change",
        &[
            (
                "7.9.9",
                "200 requirePasswordChange: true, requirePasswordChangeReason: The administrator has asked for it",
            ),
            ("7.10.0", "200 requirePasswordChange: -, requirePasswordChangeReason: -"),
        ],
    ),
    row(
        "empty_text_clears",
        &[
            ("6.13.0", "200 bio: Reads more than writes, nickname: plain one"),
            ("7.12.9", "200 bio: Reads more than writes, nickname: plain one"),
            ("7.13.0", "200 bio: -, nickname: -"),
        ],
    ),
    row("presence", &[("8.5.9", "200 statusSource: -"), ("8.6.0", "200 statusSource: manual")]),
    row(
        "unknown_custom_fields",
        &[
            ("7.6.9", "200 customFields: -"),
            ("7.7.0", "200 customFields: {}"),
            ("8.2.9", "200 customFields: {}"),
            ("8.3.0", "400 No changes to update"),
        ],
    ),
    row(
        "lower_case_domains",
        &[
            ("8.6.9", "200 emails.0.address: new@BLOCKED.example"),
            ("8.7.0", "400 The email domain is blacklisted [error-email-domain-blacklisted]"),
        ],
    ),
    row(
        "email_codes",
        &[
            ("6.5.0", "method emailOrUsername codeGenerated codeCount codeExpires availableMethods, a list"),
            ("6.5.1", "method emailOrUsername codeGenerated codeExpires availableMethods, one code"),
        ],
    ),
    row(
        "renames_call_history",
        &[("8.2.9", "contactUsername: plain"), ("8.3.0", "contactUsername: renamed")],
    ),
    row("logout_forgets_devices", &[("7.99.9", "1 device"), ("8.0.0", "0 devices")]),
    row("totp_needs_verified_email", &[("7.12.9", "error-invalid-user"), ("7.13.0", "a secret")]),
    row("methods_before_newcomers", &[("8.5.9", "200"), ("8.6.0", "400 TOTP Required [totp-required]")]),
    row("email_codes_for_oauth_setting", &[("6.12.9", "email"), ("6.13.0", "password")]),
    row(
        "remembers_user_agent",
        &[("7.6.9", "c6247d6fdcb718f1fdb8c53ac7e797b9"), ("7.7.0", "d255b9fcc7be264814af5e5607449179")],
    ),
    row(
        "federation_pins_username",
        &[
            ("8.2.9", "200 username: free"),
            (
                "8.3.0",
                "400 Cannot change username for federated users or users in federated rooms [error-not-allowed]",
            ),
        ],
    ),
];

/// `X-RateLimit-Limit` and `X-RateLimit-Remaining` behind the status.
pub const LIMITS: &[Row] = &[
    row("rest_limiter", &[("7.6.9", "200 10/9"), ("7.7.0", "200"), ("7.8.9", "200"), ("7.9.0", "200 10/9")]),
    row("rate_limit", &[("8.2.9", "200 10/9, 200 10/8"), ("8.3.0", "200 1/0, 429 1/0")]),
    row("gates", &[("8.5.9", "400 1/0"), ("8.6.0", "400")]),
    row(
        "user_limits",
        &[
            ("8.2.9", "200, 429; 200, 200, 200, 200, 200, 429"),
            ("8.3.0", "200, 200; 200, 200, 200, 200, 200, 200"),
        ],
    ),
    row("challenge_counts", &[("8.2.9", "400 10/9"), ("8.5.9", "400 1/0"), ("8.6.0", "400 1/1")]),
];

/// What settings forbid, and what holds where the database lacks a setting; the latter are no rows of the table.
pub const SETTINGS: &[Row] = &[
    row(
        "editing",
        &[
            ("8.2.9", "400 Edit username is not allowed [error-action-not-allowed]"),
            ("8.3.0", "200 username: newcomer"),
        ],
    ),
    row(
        "password policy",
        &[
            ("6.4.0", "200"),
            ("8.0.9", "200"),
            ("8.1.0", "400 The password provided does not meet the server's password policy."),
        ],
    ),
    row(
        "failed logins",
        &[
            ("6.4.0", "401 Unauthorized, 401 Unauthorized"),
            ("6.5.0", "401 Unauthorized, 401 Unauthorized"),
            ("6.5.1", "401 Unauthorized, 401 error-login-blocked-for-user"),
        ],
    ),
];
