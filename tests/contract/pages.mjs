// Looks at pages for people: axe-core, screenshots, print. Called by pages.sh.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [results, baseUrl, ...paths] = process.argv.slice(2);
if (!baseUrl || paths.length === 0) {
  console.error("usage: pages.sh BASE_URL PATH…");
  process.exit(2);
}
// The tools are not in a directory above this file, where `import` would look for them.
const require = createRequire(join(process.env.BROBYGGER_TOOLS, "npm", "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const profile = mkdtempSync(join(tmpdir(), "brobygger-chromium-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.BROWSER_EXECUTABLE,
  headless: true,
  viewport: { width: 1280, height: 1000 },
  // A member's or secretariat's token, for pages that are not public.
  extraHTTPHeaders: process.env.PAGE_TOKEN ? { authorization: `Bearer ${process.env.PAGE_TOKEN}` } : {},
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

const problems = [];
let looked = 0;
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(20_000);
const origin = new URL(baseUrl).origin;
page.on("request", (request) => {
  const url = new URL(request.url());
  if (url.protocol.startsWith("http") && url.origin !== origin) {
    problems.push(`the page asked another host: ${url.origin}${url.pathname}`);
  }
});
page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
page.on("console", (message) => {
  // The icon of a page is the browser's own wish.
  if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico")) {
    problems.push(`console: ${message.text()}`);
  }
});

async function look(path) {
  looked += 1;
  const name = join(results, `page-${looked}`);
  const answer = await page.goto(new URL(path, baseUrl).href);
  if (!answer.ok()) {
    problems.push(`${path}: ${answer.status()}`);
    return [];
  }
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  for (const violation of found.violations) {
    problems.push(`${path}: ${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.target).join(", ")})`);
  }
  await page.screenshot({ path: `${name}.png`, fullPage: true });
  await page.setViewportSize({ width: 360, height: 740 });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (sideways) problems.push(`${path}: scrolls sideways on a telephone`);
  await page.screenshot({ path: `${name}-telephone.png`, fullPage: true });
  await page.setViewportSize({ width: 1280, height: 1000 });
  await page.pdf({ path: `${name}.pdf`, preferCSSPageSize: true });
  console.log(`${path}: ${found.passes.length} rules of axe-core passed`);
  return page.$$eval("main a[href^='/']", (links) => links.map((link) => link.getAttribute("href")));
}

let failure;
try {
  for (const path of paths) {
    const [first] = await look(path);
    if (first) await look(first);
  }
} catch (error) {
  failure = error;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
if (failure) console.error(failure);
process.exit(problems.length > 0 || failure ? 1 : 0);
