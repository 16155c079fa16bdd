// What the browser alone finds out, in sentences: what happened, what holds now, what to do.
const SENTENCES = {
  csp: "This page's Content-Security-Policy kept QuickSight's frame away. Nothing was opened. Have PORTAL_QUICKSIGHT_FRAMES name the origin of the frames; now it is FRAMES.",
  domain: "QuickSight may not show this dashboard on ORIGIN. The frame was cleared. Have PORTAL_QUICKSIGHT_DOMAINS name this origin, or open the portal by the address it names.",
  silent: "QuickSight's frame said nothing for half a minute. It was cleared. Look whether QuickSight's own list of domains has ORIGIN, whether the dashboard is shared with you, and whether your browser lets QuickSight keep cookies; then open it again.",
  code: "QuickSight refused two addresses in a row as used or older than five minutes. The frame was cleared. Look whether something opens addresses before your browser does, such as a scanner of links, then open it again.",
  session: "The dashboard's session is over. The frame was cleared; sheet and place are kept. Open it again.",
  service: "The dashboard could not be asked for, or its address not be read. The frame was cleared. Look at your connection, then open it again.",
};

export function sentence(check, frames = "") {
  return SENTENCES[check].replace("ORIGIN", location.origin).replace("FRAMES", frames);
}
