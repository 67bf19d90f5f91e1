//! The e-mail address. Source: `docs/behaviour/update-own-basic-info.md` section 3.3.
//!
//! The address list is replaced by one unverified address, and a token for its verification is stored.

use super::facts::{FactQuery, LimitedChange};
use super::plan_input::{NoPlan, PlanInput};
use super::throw_away_domains::is_throw_away;
use crate::caller::Email;
use crate::ecmascript;
use crate::effects::{Effect, Notice};
use crate::email_address::domain_of;
use crate::refusal::Refusal;
use crate::store::{Claim, UserUpdate};
use crate::workspace::Settings;
use bson::{DateTime, bson, doc};

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let Some(raw) = input.change.email.truthy() else { return Ok(()) };
    let settings = &input.workspace.settings;
    if !settings.allow_email_change {
        return Err(Refusal::email_change_not_allowed().into());
    }
    let stored = input.caller.email();
    // Also of an address that stays: that nothing is to be done rests on it.
    update.guard_first_address(stored);
    if stored == Some(raw) {
        return Ok(());
    }
    if input.workspace.release.user_limits {
        input.facts.counted.check(LimitedChange::Address)?;
    }
    let email = ecmascript::trim(raw);
    if email.is_empty() {
        return Err(Refusal::blank_email().into());
    }
    check_domain(email, settings, input)?;
    if stored == Some(email) {
        return Ok(());
    }
    // One of the caller's own in another letter case counts as taken.
    let is_own = |own: &Email| own.address.to_lowercase() == email.to_lowercase();
    if input.caller.emails.iter().any(is_own)
        || input.facts.email_taken.ok_or_else(|| FactQuery::EmailTaken(email.to_owned()))?
    {
        return Err(Refusal::email_taken(email).into());
    }
    // The notice goes to the old address; the original fails here when that is no address.
    if stored.is_some_and(|stored| domain_of(stored).is_none()) {
        return Err(Refusal::old_email_malformed().into());
    }
    update.claims.push(Claim::EmailAddress(email.to_owned()));
    update.set("emails", bson!([{"address": email, "verified": false}]));
    update.push(
        "services.email.verificationTokens",
        doc! {"token": input.verification_token, "address": email, "when": DateTime::from_chrono(input.now)},
    );
    plan_mails(input, update, email);
    Ok(())
}

/// A notice to the old address, where there is one, and a verification mail to the new one.
fn plan_mails(input: &PlanInput<'_>, update: &mut UserUpdate, email: &str) {
    if let Some(old) = input.caller.email() {
        let notice = Notice::EmailChanged { old: old.to_owned(), new: email.to_owned() };
        update.effects.extend(Effect::Mail(notice).to_new(&input.caller.id));
    }
    let name = update.text("name", input.caller.name.as_deref());
    let name = name.or_else(|| update.text("username", input.caller.username.as_deref())).map(str::to_owned);
    let token = input.verification_token.into();
    let notice = Notice::VerifyEmail { address: email.to_owned(), token, name };
    update.effects.extend(Effect::Mail(notice).to_new(&input.caller.id));
}

fn check_domain(email: &str, settings: &Settings, input: &PlanInput<'_>) -> Result<(), NoPlan> {
    let mut domain = domain_of(email).ok_or_else(|| Refusal::email_syntax(email))?;
    if !input.workspace.release.lower_case_domains {
        domain = domain_as_typed(email);
    }
    let [allowed, blocked] = [&settings.allowed_domains, &settings.blocked_domains].map(|list| Domains(list));
    if !allowed.is_empty() && !allowed.hold(&domain) {
        return Err(Refusal::email_domain_not_allowed().into());
    }
    // The original looks at its built-in list only beside a list of the workspace's own.
    let is_blocked =
        blocked.hold(&domain) || (settings.use_default_blocked_domains && is_throw_away(&domain));
    if !blocked.is_empty() && is_blocked {
        return Err(Refusal::email_domain_blocked().into());
    }
    if settings.use_dns_domain_check
        && !input.facts.domain_accepts_mail.ok_or(FactQuery::DomainAcceptsMail(domain))?
    {
        return Err(Refusal::email_domain_without_mail_server().into());
    }
    Ok(())
}

/// Behind the `@`, of which there is one.
fn domain_as_typed(email: &str) -> String {
    email.split_once('@').map(|(_, domain)| ecmascript::trim(domain).to_owned()).unwrap_or_default()
}

/// A list of domains in one text. Commas alone are an empty list.
struct Domains<'a>(&'a str);

impl Domains<'_> {
    fn is_empty(&self) -> bool {
        ecmascript::split_filled_list(self.0).next().is_none()
    }

    fn hold(&self, domain: &str) -> bool {
        ecmascript::split_filled_list(self.0).any(|listed| listed == domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commas_alone_are_an_empty_list_and_blanks_between_them_are_not() {
        for (list, is_empty) in
            [("", true), (",", true), (",,,", true), (" ", false), (" , ", false), ("\n", false)]
        {
            assert_eq!(Domains(list).is_empty(), is_empty, "{list:?}");
            assert!(!Domains(list).hold("example.com"), "{list:?}");
        }
    }

    proptest! {
        #[test]
        fn a_listed_domain_is_found_whatever_white_space_surrounds_it(
            before in "[a-z., ]{0,20}", domain in "[a-z]{1,8}\\.[a-z]{2,3}", after in "[a-z., ]{0,20}",
        ) {
            let list = format!("{before}, {domain} ,{after}");
            prop_assert!(Domains(&list).hold(&domain) && !Domains(&list).is_empty());
        }
    }
}
