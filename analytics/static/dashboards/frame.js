// One frame by Amazon's SDK, with the second one that the SDK puts at the end of the page for what is said to the first.
const FIT = { width: "100%", height: "720px" };

export class Frame {
  constructor(dashboard, control) {
    Object.assign(this, { dashboard, control });
  }

  static async open({ address, container, parameters, sheet, hear }) {
    let control = null;
    // A context is bound to the session of its first address, so each session gets its own.
    const context = await globalThis.QuickSightEmbedding.createEmbeddingContext({
      onChange: (event, about) => { if (event.eventName === "FRAME_MOUNTED") control = about.frame; },
    });
    const dashboard = await context.embedDashboard(
      { url: address, container, ...FIT, className: "dashboard-frame" },
      {
        parameters: [...parameters].map(([Name, Values]) => ({ Name, Values })),
        sheetOptions: sheet ? { initialSheetId: sheet } : {},
        toolbarOptions: { reset: true, undoRedo: true },
        onMessage: (event) => hear(event.eventName, event.message),
      },
    );
    for (const frame of container.querySelectorAll("iframe")) frame.title = "The dashboard";
    if (control) Object.assign(control, { title: "QuickSight's messages", ariaHidden: "true", tabIndex: -1 });
    return new Frame(dashboard, control);
  }

  // Its answer may never come, as after the session's end; our clock finds out about that.
  set(name, values) {
    this.dashboard.setParameters([{ Name: name, Values: values }]).catch(() => {});
  }

  remove() {
    this.control?.remove();
  }
}
