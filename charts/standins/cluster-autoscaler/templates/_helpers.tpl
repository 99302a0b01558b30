{{- define "autoscaler.name" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s-cluster-autoscaler" .Release.Name .Values.cloudProvider) }}
{{- end }}

{{- define "autoscaler.account" -}}
{{ .Values.rbac.serviceAccount.name | default (include "autoscaler.name" .) }}
{{- end }}

{{- define "autoscaler.match" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/name: {{ .Values.cloudProvider }}-cluster-autoscaler
{{- end }}

{{- define "autoscaler.labels" -}}
{{- include "autoscaler.match" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: cluster-autoscaler-{{ .Chart.Version | replace "+" "_" }}
{{- end }}
