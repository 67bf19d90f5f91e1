use super::*;
use crate::release::Version;
use crate::workspace::SettingVariables;

fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).expect("in range")
}

fn settings() -> Settings {
    Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::DOCUMENTED)
}

fn address(last: u8) -> By {
    By::Address([192, 0, 2, last].into())
}

fn allowed(counted: &Counted) -> bool {
    matches!(counted, Counted::Allowed(_) | Counted::Unlimited)
}

#[test]
fn exactly_the_limit_passes_and_the_window_is_shared_by_all_addresses() {
    let limiter = RateLimiter::new(config::RateLimit::Own { calls: 2, window_ms: 1000 });
    let call = |last: u8, ms| limiter.count("r", address(last), RouteLimit::ApiDefaults, &settings(), at(ms));
    assert!(allowed(&call(1, 0)) && allowed(&call(1, 900)) && !allowed(&call(1, 950)));
    assert!(allowed(&call(2, 990)));
    let Counted::Refused(quota) = call(1, 1000) else { panic!("still the same window") };
    assert_eq!((quota.remaining.to_bits(), quota.seconds_to_wait()), (0, 0));
    assert!(allowed(&call(2, 1001)), "a new window for all");
    assert!(allowed(&call(1, 1002)) && allowed(&call(1, 1003)) && !allowed(&call(1, 1004)));
}

#[test]
fn a_call_that_is_given_back_can_be_made_again() {
    let limiter = RateLimiter::new(config::RateLimit::Own { calls: 1, window_ms: 1000 });
    let call = |ms| limiter.count("r", address(1), RouteLimit::ApiDefaults, &settings(), at(ms));
    let Counted::Allowed(mut quota) = call(0) else { panic!("first call") };
    limiter.give_back(&mut quota);
    assert_eq!(quota.remaining.to_bits(), 1.0_f64.to_bits());
    assert!(allowed(&call(1)) && !allowed(&call(2)));
}

#[test]
fn a_call_that_will_be_refused_is_known_before_it_is_counted() {
    let limiter = RateLimiter::new(config::RateLimit::Own { calls: 1, window_ms: 1000 });
    let rule = RouteLimit::ApiDefaults;
    let refusal = |ms| limiter.refusal("r", address(1), rule, &settings(), at(ms)).is_some();
    assert!(!refusal(0));
    assert!(allowed(&limiter.count("r", address(1), rule, &settings(), at(0))));
    assert!(refusal(1) && refusal(1000) && !refusal(1001));
    assert!(limiter.refusal("r", address(2), rule, &settings(), at(1)).is_none());
}

#[test]
fn the_workspaces_settings_can_switch_the_limiter_off() {
    let limiter = RateLimiter::new(config::RateLimit::Auto);
    let own = RouteLimit::Own { calls: 1, window_ms: 60_000 };
    let calls = |settings: &Settings| {
        let call = || limiter.count("r", address(1), own, settings, at(0));
        (0..3).filter(|_| allowed(&call())).count()
    };
    assert_eq!(calls(&Settings { rate_limiter_enabled: false, ..settings() }), 3);
    assert_eq!(calls(&Settings { rate_limit_calls: 0.0, ..settings() }), 3);
    assert_eq!(calls(&Settings { rate_limit_window_ms: 0.0, ..settings() }), 3);
    assert_eq!(calls(&settings()), 1);
}

#[test]
fn a_window_beyond_all_time_is_one_that_never_ends() {
    let limiter = RateLimiter::new(config::RateLimit::Auto);
    let settings = Settings { rate_limit_calls: 1.0, rate_limit_window_ms: f64::INFINITY, ..settings() };
    let call = |ms| limiter.count("r", address(1), RouteLimit::ApiDefaults, &settings, at(ms));
    assert!(allowed(&call(1000)));
    let Counted::Refused(quota) = call(2000) else { panic!("still the same window") };
    assert!(quota.seconds_to_wait() > 0);
}

#[test]
fn numbers_of_the_workspace_count_as_javascript_compares_them() {
    const NAN: f64 = f64::NAN;
    let passing = |calls: f64, window_ms: f64| {
        let limiter = RateLimiter::new(config::RateLimit::Auto);
        let settings = Settings { rate_limit_calls: calls, rate_limit_window_ms: window_ms, ..settings() };
        let call = |ms| allowed(&limiter.count("r", address(1), RouteLimit::ApiDefaults, &settings, at(ms)));
        (0..5).filter(|ms| call(*ms)).count()
    };
    for (calls, window_ms, passed) in [
        (2.5, 1000.0, 2),
        (0.5, 1000.0, 0),
        (-1.0, 1000.0, 0),
        (NAN, 1000.0, 5),
        (2.0, NAN, 5),
        (1.0, -1.0, 5),
        (1.0, 0.5, 5),
        (1.0, 1.5, 3),
        (1e300, 1e300, 5),
    ] {
        assert_eq!(passing(calls, window_ms), passed, "{calls}/{window_ms}");
    }
}
