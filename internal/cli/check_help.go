package cli

const checkLongZH = `核对安装包与备案表是否相符，逐项说明哪里不符、怎么改。

备案表是 YAML 或 JSON，字段可用表上的中文或英文名；可用 heyan filing init 从安装包生成。
安装包或备案表写作 - 时从标准输入读取。

核验多个：给出几个安装包或文件夹（其中的 .apk 和 .ipa，含下级文件夹；不含隐藏文件，
不跟随指向文件夹的链接），备案表取自
  --filing-dir 文件夹   app.apk 对应 app.apk.yaml，没有则对应 app.yaml（或 .yml、.json）
  --filings 表格        CSV 或 XLSX，一行一个安装包；模板：heyan filing template
先是汇总，再是没有通过的各份报告。一个出错不影响其余；中断时给出已完成的结果。
--format json 得到 heyan.batch/1；html 要用 --output 给出文件夹，一个安装包一份。

同一应用的安卓包和 iOS 包一起核验：同名的两个文件，或 --filing 给出的两个安装包。
备案表写明“权限填报范围: 两平台共用”时，勾选项只要有一个平台用到就不算多填。

退出码：0 建议通过，1 建议退回，3 需人工复核，2 未能运行；核验多个时取最严重的
（2、1、3、0 的次序），全部核验完才退出。没有用到的备案表只作说明，不影响退出码。`

const checkLongEN = `Check packages against what was filed, and say what differs and how to put it right.

The filing is YAML or JSON, its fields in the form's Chinese words or in English ids;
heyan filing init makes one from a package. - reads the package or the filing from
standard input.

Several at once: name packages or folders (every .apk and .ipa beneath them, but no
hidden ones, and links to folders are not followed). The filings come from
  --filing-dir FOLDER   that of app.apk is app.apk.yaml, else app.yaml (.yml, .json)
  --filings SHEET       CSV or XLSX, a row a package; heyan filing template makes one
First comes a summary, then the report of each that does not pass. One that fails stops
no other; an interrupted run gives what it has. --format json is heyan.batch/1 then;
html needs a folder as --output, a page a package.

The Android and the iOS package of one app are judged together: two files of one name,
or the two packages given with --filing. Where the filing has "permission_scope:
shared", a tick is needless only where neither accounts for it.

Exit status: 0 pass, 1 return, 3 review, 2 could not run. For several it is the gravest
(in the order 2, 1, 3, 0), after all were tried. A filing that no package was found for
is told and changes nothing.`
