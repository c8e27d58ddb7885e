import { code, lang } from './index';

/**
 * The daemon's own sentences are English. What they say is mostly data of the reply and is worded from it; this table words
 * the rest that people meet, and what it does not know stays English and is marked as such (lang="en").
 */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^(?:[\w.]+: )?place "(.*)" is not in network \w+; did you mean (.*?)\??$/, '路网里没有地点“$1”，是不是：$2'],
  [/^(?:[\w.]+: )?place "(.*)" is not in network \w+$/, '路网里没有地点“$1”'],
  [/^(?:[\w.]+: )?no open road within ([\d.]+) km of ([-\d.]+),([-\d.]+)$/, '$2,$3 周围 $1 公里内没有通行的道路'],
  [/^(\d+) alternatives were asked for; (\d+) good ones were found$/, '要 $1 条备选路线，找到 $2 条好的'],
  [/^no chain of at most (\d+) services of this family joins the two places without turning back$/, '这种方式最多 $1 个班次也连不通两地（不走回头路）'],
  [/^no service of a chain has a departure in its timetable within (\d+) days of ready_at$/, '可装时间起 $1 天内没有一条链条有班次'],
  [/^no chain of this family sells room for boxes: its departures are sold in another unit$/, '这种方式的班次不按箱售舱'],
  [/^no chain of this family sells room for cargo that is not in boxes: its departures are sold in another unit$/, '这种方式的班次只按箱售舱'],
  [/^no vehicle class of the network carries this load; check mass and containers$/, '没有一类货车能装下；请检查质量和集装箱'],
  [/^no open road for a truck of class (\d) joins the doors( and the terminals)?$/, '没有可供 $1 类货车通行的道路相连'],
  [/^alternative way (\d+), (\d+) % of its time on ways above$/, '备选路线 $1，$2 % 的时间与前面的相同'],
  // demands that are put, and lines of their tables
  [/^the (origin|destination) is empty$/, '起点或终点为空'],
  [/^the volume "(.*)" is not a number from 0 to (\S+)$/, '数量“$1”不是 0 到 $2 的数'],
  [/^the (?:origin|destination) "(.*)" is not a zone's number$/, '“$1”不是分区编号'],
  [/^"destination : volume ;" was expected, not "(.*)"$/, '应为“终点 : 数量 ;”，不是“$1”'],
  [/^an entry without an origin before it$/, '这一项之前没有 Origin 行'],
  [/^a goods group or period of more than (\d+) bytes$/, '货类或时段超过 $1 字节'],
  [/^row has (\d+) fields, the header (\d+)$/, '有 $1 列，表头有 $2 列'],
  [/^row ends inside quotes$/, '引号没有结束'],
  [/^(\S+) is missing$/, '缺少 $1'],
  [/^(\S+) "(.*)" is not a number$/, '$1：“$2”不是数'],
  [/^(\S+) "(.*)" is not a whole number from (\S+) to (\S+)$/, '$1：“$2”不是 $3 到 $4 的整数'],
  [/^(\S+) "(.*)" is not one of (.*?)(, \.\.\.)?$/, '$1：“$2”不在 $3 之中'],
  [/^node (-?\d+) is not in the network$/, '路网中没有节点 $1'],
  [/^demand has no column "(\w+)"$/, '表中没有 $1 列'],
  [/^the table is empty$/, '文件是空的'],
  [/^<TOTAL OD FLOW> announces (\S+), the table holds (\S+)$/, '<TOTAL OD FLOW> 写的是 $1，表中合计 $2'],
  [/^(\S+) of it begin and end in one zone: they are on no road$/, '其中 $1 起讫在同一分区，不上路'],
  [/^this server has no database: the demand ends with it$/, '这台服务没有数据库：服务停止后需求即失去'],
  [/^there is no demand of this name and version; ListDemands tells which there are$/, '没有这个名称和版本的货运需求，可能已被删除；请在“货运需求”里另选'],
  [/^another version has been put: the newest is (\d+)$/, '已有人存入了另一版，最新为第 $1 版'],
  [/^there is no such upload of this demand here, or it was silent for too long; begin again$/, '上传中断太久，请重新存入'],
  [/^(\d+) demands are being sent already; try again in a minute$/, '已有 $1 份需求在上传，请一分钟后再试'],
  [/^the firm has (\d+) demands, as many as are kept \(demands_max\); delete some$/, '本企业已有 $1 份需求，达到上限：请先删除一些'],
  [/^the table has more bytes than a demand may \(demand_max (\d+)\)(; the upload is given up)?$/, '文件太大：上限 $1 字节'],
];

/** Pieces of a bill's basis and rate, longest first. */
const PIECES: readonly (readonly [RegExp, string])[] = [
  [/ back empty with the boxes to their depot/g, '（空箱返场）'],
  [/ back empty/g, '（空驶返程）'],
  [/, chargeable by volume; actual (\d+) kg/g, '，按体积计费；实重 $1 kg'],
  [/, declared for the break of (\d+) kg; actual (\d+) kg/g, '，按 $1 kg 档申报；实重 $2 kg'],
  [/, at least ([\d.]+) yuan/g, '，最低 $1 元'],
  [/ (\S+)-days from day (\d+) of the stay/g, ' $1·天（自停留第 $2 天起）'],
  [/ cooling units?/g, ' 台冷机'],
  [/ trucks?, class (\d)/g, ' 辆 $1 类货车'],
  [/ trucks?/g, ' 辆货车'],
  [/yuan\/truck/g, '元/辆'],
  [/ shipment/g, ' 票'],
  [/yuan\/shipment/g, '元/票'],
  [/ (20|40)-ft box/g, ' 个 $1 尺箱'],
  [/yuan\/(20|40)-ft box/g, '元/$1 尺箱'],
  [/([\d.]+) % of ([\d.]+) yuan/g, '$2 元的 $1 %'],
  [/%\/year/g, '%/年'],
  [/yuan\/t\/h/g, '元/吨·小时'],
  [/\/day/g, '/天'],
  [/yuan/g, '元'],
  [/ x /g, ' × '],
  [/ and /g, ' 和 '],
];

export interface Said {
  text: string;
  english: boolean; // the text is English on a Chinese page
}

/** A sentence of the daemon in the language of the page. */
export function said(text: string): Said {
  if (lang.value === 'en' || !/[A-Za-z]{3}/.test(text)) return { text, english: false };
  const known = code('warning', text);
  if (known !== text.replaceAll('_', ' ')) return { text: known, english: false };
  for (const [pattern, words] of SENTENCES) if (pattern.test(text)) return { text: text.replace(pattern, words), english: false };
  return { text, english: true };
}

/** Basis or rate of a line of the bill: "10 trucks x 10.970 km" as "10 辆货车 × 10.970 km". */
export function basis(text: string): Said {
  if (lang.value === 'en') return { text, english: false };
  const zh = PIECES.reduce((s, [pattern, words]) => s.replace(pattern, words), text);
  return { text: zh.replace(/\/km$/, '/公里'), english: /[a-z]{4}/.test(zh.replace(/TEU|CO2e/g, '')) };
}

/** Between what the page says of an error and the daemon's own words, which are English: Problem shows them apart. */
export const THEN_ENGLISH = '\u001f';
