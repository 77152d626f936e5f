// How much a file holds, as people say it.
const kUnits = ["bytes", "KB", "MB", "GB"];

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < kUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0 && bytes === 1) return "1 byte";
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} ${kUnits[unit]}`;
}
