// Serves the page, a model, and one slice with what Smile itself predicts there; ends when the page has told what it found.
// usage: node serve.mjs PORT MODEL.onnx IMAGE.nii.gz PREDICTED.nii.gz ORT-FOLDER   (PREDICTED_ORGAN.nii.gz beside it: predict --probabilities)
// Exit codes: 0, or 6 where a probability differs by more than 1e-4, a label differs whose probability is not at the threshold, or nothing came.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { extname, join } from "node:path";

const [port, model, image, predicted, ort] = process.argv.slice(2);
const Bar = 1e-4;

function nifti(path) { // the voxels, x fastest, as numbers
  const bytes = gunzipSync(readFileSync(path)), size = [42, 44, 46].map(at => bytes.readInt16LE(at));
  const type = bytes.readInt16LE(70), start = bytes.readFloatLE(108), slope = bytes.readFloatLE(112) || 1, inter = bytes.readFloatLE(116);
  const read = { 2: at => bytes[start + at], 4: at => bytes.readInt16LE(start + 2 * at), 16: at => bytes.readFloatLE(start + 4 * at) }[type];
  if (!read) throw new Error(`${path}: datatype ${type} is not one that Smile writes`);
  return { size, slice: z => Array.from({ length: size[0] * size[1] }, (_, v) => read(z * size[0] * size[1] + v) * slope + inter) };
}

const names = JSON.parse(readFileSync(predicted.replace(".nii.gz", ".labels.json"))).labels;
const organs = Object.keys(names).filter(name => names[name] > 0).sort((a, b) => names[a] - names[b]);
const labels = nifti(predicted), [width, height, depth] = labels.size;
const filled = Array.from({ length: depth }, (_, z) => labels.slice(z).filter(label => label > 0).length), z = filled.indexOf(Math.max(...filled));
const slice = {
  width, height, z, hu: nifti(image).slice(z), labels: labels.slice(z),
  expected: organs.flatMap(organ => nifti(predicted.replace(".nii.gz", `_${organ}.nii.gz`)).slice(z)),
};
const files = { "/": join(import.meta.dirname, "index.html"), "/model.onnx": model };
const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

function judge(text) {
  const result = JSON.parse(text);
  console.log(`slice ${z}, ${organs.length} organs: ${text}`);
  // A label may differ only where a probability is so near the threshold that 1e-4 decides.
  const near = slice.labels.filter((_, v) => organs.some((_, k) => Math.abs(slice.expected[k * width * height + v] - 0.5) <= Bar)).length;
  const fits = result.largest <= Bar && result.other <= near && result.seen > 0 && result.compared === organs.length * width * height;
  console.log(fits ? `no probability differs by more than ${Bar}` : "MISSED");
  process.exit(fits ? 0 : 6);
}

createServer((request, response) => {
  const path = request.url;
  if (path === "/result") {
    let text = "";
    request.on("data", part => text += part).on("end", () => { response.end(); judge(text); });
    return;
  }
  if (path === "/slice.json") return response.end(JSON.stringify(slice));
  try {
    const file = files[path] ?? join(ort, path.replace("/ort/", ""));
    response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
    response.end(readFileSync(file));
  } catch {
    response.statusCode = 404;
    response.end();
  }
}).listen(Number(port), "127.0.0.1");
setTimeout(() => { console.error("MISSED: the page told nothing"); process.exit(6); }, 120_000);
