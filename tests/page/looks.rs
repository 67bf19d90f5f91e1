//! How the page looks, and what must be so wherever it is looked at.

use crate::browser::Browser;
use crate::stage::Stage;
use devstack::workspace::Release::Six;

/// Texts whose contrast is below 4.5, or 3 where they are large.
const PALE: &str = r"
const channels = (color) => color.match(/[\d.]+/g).map(Number);
const luminance = ([r, g, b]) => {
	const linear = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
	return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const ground = (element) => {
	for (let at = element; at; at = at.parentElement) {
		const color = channels(getComputedStyle(at).backgroundColor);
		if (color.length === 3 || color[3] === 1) { return color; }
	}
	return [255, 255, 255];
};
const pale = [];
for (const element of document.querySelectorAll('body *')) {
	const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
	if (!(hasText || 'value' in element) || !element.checkVisibility() || element.closest('svg, script, noscript')) { continue; }
	const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))];
	const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	if (contrast < 4.5) { pale.push(`${element.tagName} ${element.id} ${element.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`); }
}
return pale;
";

/// Fields and buttons without a name, ids that stand twice, what is wider than the window.
const FAULTS: &str = r"
const faults = [];
for (const one of document.querySelectorAll('input:not([hidden]), select, textarea, button, a, dialog, section, nav')) {
	const labels = one.labels ? [...one.labels].map((label) => label.textContent).join('') : '';
	const by = (one.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean);
	const named = by.map((id) => (document.getElementById(id) || {}).textContent || '').join('');
	const own = ['BUTTON', 'A'].includes(one.tagName) ? one.textContent : '';
	if (!(labels + named + own + (one.getAttribute('aria-label') || '')).trim()) { faults.push(`no name: ${one.outerHTML.slice(0, 80)}`); }
}
const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
faults.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice: ${id}`));
for (const attribute of ['for', 'aria-describedby']) {
	for (const one of document.querySelectorAll(`[${attribute}]`)) {
		const id = one.getAttribute(attribute);
		if (!ids.includes(id)) { faults.push(`${attribute} of nothing: ${id}`); }
	}
}
if (!document.documentElement.lang || !document.title) { faults.push('no language or title'); }
if (document.documentElement.scrollWidth > innerWidth) { faults.push(`wider than the window: ${document.documentElement.scrollWidth}`); }
return faults;
";

/// What has moved without anybody having touched anything.
const SHIFTS: &str = r"
const shifts = [];
const observer = new PerformanceObserver(() => {});
observer.observe({ type: 'layout-shift', buffered: true });
for (const { value, hadRecentInput, sources } of observer.takeRecords()) {
	if (!hadRecentInput) { shifts.push(`${value} ${sources.map(({ node }) => node && (node.id || node.nodeName)).join()}`); }
}
observer.disconnect();
return shifts;
";

const REQUESTED: &str = "return performance.getEntriesByType('resource').map(({ name }) => name)";

impl Browser {
    /// Pictures at 1280 and 390 pixels, and that each is as it should be, also in the dark.
    pub async fn shows(&self, name: &str) {
        for (width, height) in [(1280, 900), (390, 844)] {
            self.resize(width, height).await;
            for scheme in ["light", "dark"] {
                self.prefer(scheme).await;
                let place = format!("{name}-{width}-{scheme}");
                if scheme == "light" || width > 1000 {
                    self.screenshot(&place).await;
                }
                for script in [PALE, FAULTS] {
                    assert_eq!(self.run(script).await, serde_json::json!([]), "{place}");
                }
            }
        }
        self.prefer("light").await;
        self.resize(1280, 900).await;
    }

    /// That nothing is wrong with what was done so far: nobody complains, nobody else was asked.
    pub async fn is_well(&self) {
        assert_eq!(self.complaints().await, Vec::<String>::new());
        let here = self.run("return location.origin").await;
        let here = format!("{}/", here.as_str().expect("an origin"));
        let requested = self.run(REQUESTED).await;
        let requested = requested.as_array().expect("a list");
        assert!(!requested.is_empty());
        for url in requested {
            assert!(url.as_str().expect("an address").starts_with(&here), "{url} is elsewhere");
        }
    }

    pub async fn has_not_moved(&self) {
        assert_eq!(self.run(SHIFTS).await, serde_json::json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_by_itself_on_a_phone() {
    let stage = Stage::set(Six).await;
    let browser = stage.browser().await;
    browser.resize(390, 844).await;
    browser.go("").await;
    browser.sees(".people li").await;
    browser.has_not_moved().await;
    browser.sign_in_as("plain").await;
    browser.is_signed_in_as("plain").await;
    browser.write("#bio", "Moves nothing").await;
    browser.save().await;
    browser.reads("#profile-said", "Saved.").await;
    browser.has_not_moved().await;
    browser.click("#profile-said a").await;
    browser.until("document.activeElement.id === 'evidence-title'").await;
    browser.go("").await;
    browser.is_signed_in_as("plain").await;
    browser.has_not_moved().await;
    browser.is_well().await;
}

/// The checks of this file find what they look for.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_found() {
    let stage = Stage::set(Six).await;
    let browser = stage.browser().await;
    browser.sees(".people li").await;
    let painted = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));";
    for (fault, check) in [
        ("document.querySelector('.lead').style.color = '#888888';", PALE),
        ("document.querySelector('#main').append(document.createElement('input'));", FAULTS),
        ("document.querySelector('.lead').style.width = '2000px';", FAULTS),
        (
            "document.querySelector('#main').prepend(Object.assign(document.createElement('p'), {textContent: '.'}));",
            SHIFTS,
        ),
    ] {
        browser.go("").await;
        browser.sees(".people li").await;
        assert_eq!(browser.run(check).await, serde_json::json!([]), "{fault}");
        browser.run(&format!("return (async () => {{ {fault} {painted} }})()")).await;
        assert_ne!(browser.run(check).await, serde_json::json!([]), "{fault}");
    }
    let style = "document.head.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))";
    for forbidden in ["console.error('wrong')", style, "fetch('http://127.0.0.2:9/').catch(() => {})"] {
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        browser.run(forbidden).await;
        assert_ne!(browser.complaints().await, Vec::<String>::new(), "{forbidden}");
    }
}
