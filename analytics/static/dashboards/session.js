// One sitting with a dashboard. AWS tells of no end, so our own clock renews it, and sheet and parameters go along.
import { Frame } from "./frame.js";

const LOOKS_MS = 5_000;
// The SDK waits a minute for a frame; nobody looks at nothing for so long.
const LOADED_WITHIN_MS = 30_000;

export class Session {
  constructor({ container, mint, show, changed }) {
    Object.assign(this, { container, mint, show, changed });
    this.parameters = new Map();
    this.late = new Map();
    this.sheet = "";
    this.frame = null;
    this.number = 0;
    addEventListener("securitypolicyviolation", (event) => {
      if (event.effectiveDirective === "frame-src") this.fail("csp");
    });
    // A machine that slept has missed the looks: the time itself is compared, not how often we looked.
    setInterval(() => this.look(), LOOKS_MS);
    document.addEventListener("visibilitychange", () => this.look());
  }

  set(name, values) {
    this.parameters.set(name, values);
    if (this.frame && this.isLoaded) this.frame.set(name, values);
    else this.late.set(name, values);
  }

  async open() {
    this.become("opening");
    try {
      await this.enter(await this.mint());
    } catch (error) {
      this.fail(error.check || "service", error.check ? error.message : "");
    }
  }

  // What is seen stays until there is a new address; a renewal that fails is tried at the next look.
  async renew() {
    this.state = "renewing";
    const told = await this.mint().catch(() => null);
    if (told) await this.enter(told);
    else this.state = "open";
  }

  async enter(told) {
    const begun = Date.now();
    const number = ++this.number;
    Object.assign(this, {
      renewAt: begun + told.renew_in_s * 1000,
      endsAt: begun + told.ends_in_s * 1000,
      loadedBy: begun + LOADED_WITHIN_MS,
      domains: told.domains,
      isLoaded: false,
    });
    this.clear();
    this.late.clear();
    this.frame = await Frame.open({
      address: told.address,
      container: this.container,
      parameters: this.parameters,
      sheet: this.sheet,
      hear: (name, message) => { if (number === this.number) this.hear(name, message || {}); },
    });
  }

  hear(name, message) {
    if (name === "CONTENT_LOADED") {
      this.isLoaded = true;
      this.isRetried = false;
      for (const [chosen, values] of this.late) this.frame.set(chosen, values);
      this.become("open");
    } else if (name === "SELECTED_SHEET_CHANGED") {
      this.sheet = message.selectedSheet.SheetId;
    } else if (name === "PARAMETERS_CHANGED") {
      for (const one of message.changedParameters) this.parameters.set(one.Name, one.Values);
      this.changed(this.parameters);
    } else if (name === "ERROR_OCCURRED") {
      this.err(message.errorCode);
    }
  }

  // Forbidden is an address that was used or too old, Unauthorized a session that is over: both are worth one new one.
  err(code) {
    if (!["Forbidden", "Unauthorized"].includes(code)) return;
    if (this.isRetried) this.fail(code === "Forbidden" ? "code" : "session");
    else {
      this.isRetried = true;
      this.open();
    }
  }

  look() {
    const now = Date.now();
    if (!["opening", "renewing", "open"].includes(this.state) || !this.frame) return;
    if (now >= this.endsAt) this.fail("session");
    else if (!this.isLoaded && now >= this.loadedBy) this.fail(this.whySilent());
    else if (this.state === "open" && now >= this.renewAt) this.renew();
  }

  // A page that the frame may not stand on gets the browser's error in it, and no message.
  whySilent() {
    return this.domains.length && !this.domains.includes(location.origin) ? "domain" : "silent";
  }

  fail(check, sentence = "") {
    this.number += 1;
    this.clear();
    this.state = "failed";
    this.show({ name: "failed", check, sentence });
  }

  become(name) {
    this.state = name;
    this.show({ name, endsAt: this.endsAt });
  }

  clear() {
    if (this.frame) this.frame.remove();
    this.frame = null;
    this.container.replaceChildren();
  }
}
